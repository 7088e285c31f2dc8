//! `tacho replay`: the same result from the tape alone.

use clap::Args;
use tachograph_model::ExitCode;

use crate::{error::CliError, printer, world::World};

/// Derive a result again from its tape, with no network.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
}

pub(crate) async fn run(command: &Replay) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let archive = world.archive()?;
    let run = archive.find(&command.run)?;
    let replayed = tachograph_session::replay(&world.host()?, &world.catalog()?, &run).await?;
    archive.remember(&run.run_id(), |standing| standing.replayed = Some(replayed.identical))?;
    let id = run.run_id().short();
    if replayed.identical {
        let bytes = replayed.bytes.len();
        printer::data(&format!("{id}: replayed, identical to the byte ({bytes} bytes)"))?;
        return Ok(ExitCode::Ok);
    }
    printer::data(&format!("{id}: NOT reproduced; the replay differs at"))?;
    for path in &replayed.differences {
        printer::data(&format!("  {path}"))?;
    }
    Ok(ExitCode::NotReproduced)
}
