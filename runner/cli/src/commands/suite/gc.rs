//! `tacho suite gc`: making room, and keeping every result reproducible.

use clap::Args;
use tachograph_model::ExitCode;

use crate::{error::CliError, printer, world::World};

/// Remove suites from the store that are not the newest and that no kept result
/// names.
#[derive(Debug, Args)]
pub(crate) struct Gc {
    /// Remove nothing; only say what would go.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(command: &Gc) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let named = world.archive()?.named()?;
    let removed = tachograph_update::gc(&world.place()?, &named, command.dry_run)?;
    for pin in &removed.suites {
        printer::data(pin)?;
    }
    let done = if command.dry_run { "would remove" } else { "removed" };
    printer::talk(&format!(
        "{done} {} suites and {} blobs ({} bytes)",
        removed.suites.len(),
        removed.blobs,
        removed.bytes
    ));
    Ok(ExitCode::Ok)
}
