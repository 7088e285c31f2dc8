//! `tacho completions`: completion scripts.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use tachograph_model::ExitCode;

use crate::{error::CliError, printer};

/// Print a completion script for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(command: &Completions) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut crate::args::Args::command(), "tacho", &mut script);
    printer::bytes(&script)?;
    Ok(ExitCode::Ok)
}
