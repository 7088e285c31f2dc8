//! `tacho explain`: why a result is what it is.

use clap::Args;
use tachograph_model::ExitCode;

use crate::{error::CliError, printer, world::World};

/// Say why a result is what it is, from its own figures.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A run id (its first digits do), a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: &Explain) -> Result<ExitCode, CliError> {
    let result = World::open()?.archive()?.find(&command.run)?.result()?;
    let explanation = tachograph_report::explain(&result);
    if command.json {
        let text = serde_json::to_string_pretty(&explanation)
            .map_err(|error| CliError::Usage(format!("--json: {error}")))?;
        printer::data(&text)?;
    } else {
        printer::data(&tachograph_report::explanation_text(&explanation, printer::style()))?;
    }
    Ok(ExitCode::Ok)
}
