//! `tacho list-models`: what each backend offers.

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_session::detect_all;

use super::{detect::answered, run::DEFAULT_SUITE, target::Target};
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
    let options = command.target.options()?;
    let found = answered(detect_all(&world.host()?, &suite, &options).await?)?;
    let groups: Vec<_> = found
        .into_iter()
        .filter_map(|found| Some((found.driver.to_string(), found.url, found.answer.ok()?)))
        .collect();
    if command.json {
        let groups: Vec<_> = groups
            .iter()
            .map(|(driver, url, info)| {
                serde_json::json!({ "driver": driver, "url": url, "models": info.models })
            })
            .collect();
        printer::data(&format!("{:#}", serde_json::Value::Array(groups)))?;
    } else {
        for (driver, url, info) in &groups {
            printer::data(&format!("{driver} at {url}"))?;
            printer::data(&tachograph_report::models_table(&info.models, printer::style()))?;
        }
    }
    Ok(ExitCode::Ok)
}
