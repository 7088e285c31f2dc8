//! `tacho show`: a report once more.

use clap::Args;
use tachograph_model::ExitCode;

use crate::{error::CliError, printer, world::World};

/// Show the report of a run again.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// Print the result as indented JSON. The sealed bytes are in the run folder.
    #[arg(long, conflicts_with = "full")]
    json: bool,
    /// Print every figure with its interval, count and clock.
    #[arg(long)]
    full: bool,
}

pub(crate) fn run(command: &Show) -> Result<ExitCode, CliError> {
    let archive = World::open()?.archive()?;
    let run = archive.find(&command.run)?;
    let result = run.result()?;
    printer::data(&match command.json {
        true => tachograph_report::json(&result),
        false => {
            tachograph_report::terminal(&result, printer::style(), printer::detail(command.full))
        }
    })?;
    let level = archive.standing(&run.run_id())?.level(&result);
    printer::talk(&format!("{level}: {}", tachograph_report::level_meaning(level)));
    Ok(ExitCode::Ok)
}
