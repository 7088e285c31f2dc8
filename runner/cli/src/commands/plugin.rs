//! `tacho plugin …`: list and inspect plugins.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use tachograph_model::ExitCode;
use tachograph_sandbox::{Preflight, preflight};

use super::run::DEFAULT_SUITE;
use crate::{error::CliError, printer, world::World};

/// Work with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// List the plugins that a suite pins.
    List(List),
    /// Say what a component is and asks for, without running it.
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// A suite's name or exact pin.
    #[arg(default_value = DEFAULT_SUITE)]
    suite: String,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The component, a .wasm file.
    component: PathBuf,
}

pub(crate) fn run(command: Plugin) -> Result<ExitCode, CliError> {
    match command {
        Plugin::List(command) => list(&command),
        Plugin::Inspect(command) => {
            let (_, found) = read_component(&command.component)?;
            printer::data(&card(&found))?;
            Ok(ExitCode::Ok)
        }
    }
}

fn list(command: &List) -> Result<ExitCode, CliError> {
    let suite = World::open()?.catalog()?.resolve(&command.suite)?;
    let workloads = suite.suite.workload.iter().map(|entry| ("workload", &entry.id, &entry.plugin));
    let drivers = suite.suite.driver.iter().map(|entry| ("driver", &entry.id, &entry.plugin));
    for (role, id, plugin) in drivers.chain(workloads) {
        let digest = plugin.sha256.short();
        let (name, version) = (plugin.id.as_str(), &plugin.version);
        printer::data(&format!("{role:<9}{id:<20}{name:<28}{version:<7}{digest}…"))?;
    }
    Ok(ExitCode::Ok)
}

/// Reads a component and looks at all of it, without running it.
pub(crate) fn read_component(file: &Path) -> Result<(Vec<u8>, Preflight), CliError> {
    let bytes = fs::read(file).map_err(CliError::disk("read", file))?;
    let found =
        preflight(&bytes).map_err(|source| CliError::Plugin { file: file.to_owned(), source })?;
    Ok((bytes, found))
}

fn card(found: &Preflight) -> String {
    let facts = tachograph_report::PluginFacts {
        digest: found.digest,
        size: found.size,
        imports: found.imports.clone(),
        exports: found.exports.clone(),
    };
    tachograph_report::plugin_card(&found.manifest, &facts, printer::style())
}
