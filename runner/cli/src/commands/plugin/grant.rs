//! `tacho plugin grant`: allow a component what it asks for.

use std::{path::PathBuf, time::SystemTime};

use clap::Args;
use tachograph_model::{ExitCode, PluginManifest};
use tachograph_report::printable;
use tachograph_sandbox::Preflight;
use tachograph_trust::{Grant, Grants, asks};

use super::{consent, inspect, read_component};
use crate::{error::CliError, printer, world::World};

#[derive(Debug, Args)]
pub(crate) struct GrantPlugin {
    /// The component, a .wasm file.
    component: PathBuf,
    /// Grant without asking; needed where there is no terminal.
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(command: &GrantPlugin) -> Result<ExitCode, CliError> {
    let (_, found) = read_component(&command.component)?;
    printer::data(&printable(&wishes(&found)))?;
    let world = World::open()?;
    if let Some(reason) = world.catalog()?.withdrawn_plugin(&found.digest) {
        printer::talk(&format!("WITHDRAWN by its channel: {reason}"));
        printer::talk("a grant does not change that: `tacho run` asks for --allow-withdrawn too");
    }
    let folder = world.home.config;
    if !command.yes {
        consent::ask("Grant this to exactly these bytes?")?;
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let grant = Grant::all_of(&found.manifest, found.digest, now.as_secs());
    Grants::edit(&folder, |grants| grants.add(grant))?;
    printer::talk(&format!("granted; `tacho plugin revoke {}` takes it back", found.manifest.id));
    Ok(ExitCode::Ok)
}

fn wishes(found: &Preflight) -> String {
    let PluginManifest { id, version, role, description, .. } = &found.manifest;
    let role = inspect::role(*role);
    let mut text =
        format!("{id} {version} · {role}\n  {}\n  {}\n", found.digest, description.trim());
    let asks = asks(&found.manifest);
    text.push_str(if asks.is_empty() { "It asks for nothing.\n" } else { "It asks for\n" });
    for ask in asks {
        text.push_str(&format!("  {ask}\n"));
    }
    text
}
