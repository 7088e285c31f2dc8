//! `tacho guard`: holds a backend that a run has started, and ends it when the
//! run's process is gone. Not for people.

use std::ffi::OsString;

use clap::Args;
use tachograph_model::ExitCode;

use crate::error::CliError;

/// Run a program until standard input closes.
#[derive(Debug, Args)]
pub(crate) struct Guard {
    /// The program.
    program: OsString,
    /// Its arguments.
    #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
    args: Vec<OsString>,
}

pub(crate) async fn run(command: Guard) -> Result<ExitCode, CliError> {
    let program = command.program.clone();
    let ended = tachograph_session::guard(command.program, command.args)
        .await
        .map_err(CliError::disk("run", program))?;
    Ok(match ended {
        Some(status) if !status.success() => ExitCode::Backend,
        _ => ExitCode::Ok,
    })
}
