//! `tacho list-models`: what each backend offers.

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_session::{SessionError, detect_all};

use super::{
    detect::absence,
    run::DEFAULT_SUITE,
    target::{Launch, Target},
};
use crate::{error::CliError, printer, world::World};

/// List the models that each backend offers.
#[derive(Debug, Args)]
pub(crate) struct ListModels {
    #[command(flatten)]
    target: Target,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: ListModels) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let suite = world.catalog()?.resolve(DEFAULT_SUITE)?;
    let options = command.target.options(&world, Launch::default(), false)?;
    let sightings = detect_all(&world.host()?, &suite, &options).await?;
    let found: Vec<_> =
        sightings.iter().flat_map(|s| s.found.iter().map(|found| (&s.driver, found))).collect();
    if found.is_empty() {
        let reasons = sightings.iter().filter(|sighting| !sighting.absent.is_empty());
        let reasons: Vec<String> =
            reasons.map(|s| format!("{}: {}", s.driver, absence(s))).collect();
        return Err(SessionError::NoBackend(reasons.join("; ")).into());
    }
    if command.json {
        let group = |(driver, found): &(_, &tachograph_session::Found)| serde_json::json!({ "driver": driver, "url": found.url, "models": found.info.models });
        let groups: Vec<_> = found.iter().map(group).collect();
        printer::data(&format!("{:#}", serde_json::Value::Array(groups)))?;
    } else {
        for (driver, found) in &found {
            printer::data(&format!("{driver} at {}", found.url))?;
            printer::data(&tachograph_report::models_table(&found.info.models, printer::style()))?;
        }
    }
    Ok(ExitCode::Ok)
}
