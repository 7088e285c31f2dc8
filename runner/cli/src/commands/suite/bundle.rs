//! `tacho suite bundle`: everything that a pin needs, in one file.

use std::path::PathBuf;

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_trust::write_atomic;

use crate::{error::CliError, printer, world::World};

/// Write a suite with all that it pins into one file.
#[derive(Debug, Args)]
pub(crate) struct Bundle {
    /// A suite's name or exact pin.
    suite: String,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(command: &Bundle) -> Result<ExitCode, CliError> {
    let place = World::open()?.place()?;
    let state = place.state()?;
    let suite = place.catalog(&state)?.resolve(&command.suite)?;
    let bytes = tachograph_update::bundle(state.chain(), std::slice::from_ref(&suite))?;
    let path = &command.output;
    write_atomic(path, &bytes).map_err(CliError::disk("write", path))?;
    printer::data(&suite.pin.to_string())?;
    printer::talk(&format!(
        "{0}: written ({1} bytes); elsewhere: tacho self-update --bundle {0}",
        path.display(),
        bytes.len()
    ));
    Ok(ExitCode::Ok)
}
