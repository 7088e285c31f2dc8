//! `tacho detect`: this machine, and what answers on it.

use clap::Args;
use serde_json::{Value, json};
use tachograph_model::ExitCode;
use tachograph_report::{DetectRow, DetectStatus};
use tachograph_session::{Found, Sighting, detect_all};

use super::{
    run::DEFAULT_SUITE,
    target::{Launch, Target},
};
use crate::{error::CliError, printer, world::World};

const ABOUT: &str = "\
Every driver of the newest suite is asked in its order, at its default address;
an address belongs to the first that recognises its server. Programs are looked
up in PATH. Hosted APIs are never asked, only whether their key is set.";

/// Show this machine and the backends that answer on it.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
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
    let options = command.target.options(&world, Launch::default(), false)?;
    let sightings = detect_all(&world.host()?, &suite, &options).await?;
    let fingerprint = tachograph_probe::fingerprint();
    if command.json {
        let backends: Vec<_> = sightings.iter().map(as_json).collect();
        let document = json!({ "fingerprint": fingerprint, "backends": backends });
        printer::data(&format!("{document:#}"))?;
    } else {
        printer::data(&tachograph_report::fingerprint_text(&fingerprint, printer::style()))?;
        let rows: Vec<DetectRow> = sightings.iter().flat_map(rows).collect();
        printer::data(&tachograph_report::backends_table(&rows, printer::style()))?;
    }
    Ok(ExitCode::Ok)
}

fn as_json(sighting: &Sighting) -> Value {
    let found = sighting.found.iter().map(|f| json!({ "url": f.url, "info": f.info }));
    let absent = sighting.absent.iter().map(|a| json!({ "url": a.url, "reason": a.reason }));
    let installed = sighting
        .installed
        .iter()
        .map(|i| json!({ "recipe": i.recipe, "program": i.program, "path": i.path }));
    let hosted = sighting.hosted.iter().map(|h| {
        json!({
            "backend": h.preset, "title": h.title, "url": h.url, "key_env": h.key_env,
            "key_set": h.key_set,
        })
    });
    json!({
        "driver": sighting.driver,
        "found": found.collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
        "installed": installed.collect::<Vec<_>>(),
        "hosted": hosted.collect::<Vec<_>>(),
    })
}

/// A row for each server; one for a driver without any, which says why and what
/// could be started; one for each hosted API.
fn rows(sighting: &Sighting) -> Vec<DetectRow> {
    let name = sighting.driver.to_string();
    let row = |name: &str, status| DetectRow { name: name.to_owned(), status };
    let mut rows: Vec<DetectRow> = sighting
        .found
        .iter()
        .map(|Found { url, info }| {
            row(&name, DetectStatus::Found { url: url.clone(), info: Box::new(info.clone()) })
        })
        .collect();
    if sighting.found.is_empty() && !(sighting.absent.is_empty() && sighting.installed.is_empty()) {
        let reason = absence(sighting);
        rows.push(match sighting.installed.first() {
            Some(program) => {
                let program = program.program.clone();
                row(&name, DetectStatus::Installed { reason, program })
            }
            None => row(&name, DetectStatus::Absent(reason)),
        });
    }
    rows.extend(sighting.hosted.iter().map(|hosted| {
        let (variable, set) = (hosted.key_env.clone(), hosted.key_set);
        row(hosted.preset.as_str(), DetectStatus::Hosted { variable, set })
    }));
    rows
}

/// Why a driver found nothing, in one line.
pub(crate) fn absence(sighting: &Sighting) -> String {
    let mut reasons: Vec<&str> = sighting.absent.iter().map(|a| a.reason.as_str()).collect();
    reasons.dedup();
    match reasons.is_empty() {
        true => "another driver's server has its address".to_owned(),
        false => reasons.join("; "),
    }
}
