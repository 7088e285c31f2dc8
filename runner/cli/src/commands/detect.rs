//! `tacho detect`: this machine, and what answers on it.

use clap::Args;
use serde_json::json;
use tachograph_model::ExitCode;
use tachograph_report::{DetectRow, DetectStatus};
use tachograph_session::{Detected, SessionError, detect_all};

use super::{run::DEFAULT_SUITE, target::Target};
use crate::{error::CliError, printer, world::World};

/// Show this machine and the backends that answer on it.
#[derive(Debug, Args)]
pub(crate) struct Detect {
    #[command(flatten)]
    target: Target,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Detect) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let suite = world.catalog()?.resolve(DEFAULT_SUITE)?;
    let options = command.target.options()?;
    let detected = detect_all(&world.host()?, &suite, &options).await?;
    let fingerprint = tachograph_probe::fingerprint();
    if command.json {
        let backends: Vec<_> = detected.iter().map(as_json).collect();
        let document = json!({ "fingerprint": fingerprint, "backends": backends });
        printer::data(&format!("{document:#}"))?;
    } else {
        printer::data(&tachograph_report::fingerprint_text(&fingerprint, printer::style()))?;
        printer::data(&tachograph_report::backends_table(&rows(detected), printer::style()))?;
    }
    Ok(ExitCode::Ok)
}

fn as_json(detected: &Detected) -> serde_json::Value {
    let (info, absent) = match &detected.answer {
        Ok(info) => (serde_json::to_value(info).unwrap_or_default(), None),
        Err(reason) => (serde_json::Value::Null, Some(reason)),
    };
    json!({ "driver": detected.driver, "url": detected.url, "info": info, "absent": absent })
}

fn rows(detected: Vec<Detected>) -> Vec<DetectRow> {
    detected
        .into_iter()
        .map(|Detected { driver, url, answer }| DetectRow {
            driver: driver.to_string(),
            url,
            status: match answer {
                Ok(info) => DetectStatus::Found(Box::new(info)),
                Err(reason) => DetectStatus::Absent(reason),
            },
        })
        .collect()
}

/// The backends that answered, or the reasons why none did.
pub(crate) fn answered(detected: Vec<Detected>) -> Result<Vec<Detected>, CliError> {
    let reasons: Vec<String> = detected
        .iter()
        .filter_map(|found| {
            let reason = found.answer.as_ref().err()?;
            Some(format!("{} at {}: {reason}", found.driver, found.url))
        })
        .collect();
    let found: Vec<Detected> = detected.into_iter().filter(|found| found.answer.is_ok()).collect();
    if found.is_empty() {
        return Err(SessionError::NoBackend(reasons.join("; ")).into());
    }
    Ok(found)
}
