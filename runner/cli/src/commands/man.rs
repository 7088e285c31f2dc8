//! `tacho man`: manual pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use tachograph_model::ExitCode;

use crate::{error::CliError, printer};

/// Write the manual pages into a folder.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder; it is made when it is missing.
    folder: PathBuf,
}

pub(crate) fn run(command: &Man) -> Result<ExitCode, CliError> {
    let folder = &command.folder;
    std::fs::create_dir_all(folder).map_err(CliError::disk("create", folder))?;
    clap_mangen::generate_to(crate::args::Args::command(), folder)
        .map_err(CliError::disk("write the manual into", folder))?;
    printer::talk(&format!("manual pages written to {}", folder.display()));
    Ok(ExitCode::Ok)
}
