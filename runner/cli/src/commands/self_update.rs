//! `tacho self-update`: newer suites, from a signed channel.

use std::path::PathBuf;

use clap::Args;
use tachograph_model::{ExitCode, Name};
use tachograph_update::{Origin, Patience, Report, UpdateError, UpdateOptions, import, update};

use super::trust::{now, tell};
use crate::{error::CliError, printer, update_config::UpdateConfig, world::World};

const EXAMPLES: &str = "\
Examples:
  tacho self-update --from https://updates.example.org/tacho
  tacho self-update --check          exit with 80 when there is something new
  tacho self-update --from ./mirror  from a folder, with no network
  tacho self-update --bundle suite-v2.bundle

Suites are updated; the program itself belongs to your package manager. No
public channel is built into this version: name one with --from, in
TACHO_UPDATE_URL, or as `from` in the file update.toml of the config folder.
The built-in root says whose keys count; TACHO_ROOT names another root file.

Exit codes: 0 updated, or nothing new; 80 something new (--check); 90 failed,
and what was there before is still in force.";

/// Bring the suites of a channel up to date.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SelfUpdate {
    /// Change nothing; only say what is new.
    #[arg(long)]
    check: bool,
    /// The channel; `stable` when neither this nor update.toml names one.
    #[arg(long, value_name = "NAME")]
    channel: Option<Name>,
    /// Where to look: an https address, a folder, or http on this machine.
    #[arg(long, value_name = "URL|FOLDER")]
    from: Option<String>,
    /// Import a file that `tacho suite bundle` wrote, instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "channel", "check"])]
    bundle: Option<PathBuf>,
}

pub(crate) async fn run(command: SelfUpdate) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let outcome = match &command.bundle {
        Some(file) => {
            let origin = Origin::Bundle(file.clone());
            import(&world.place()?, &origin, None, Patience::default()).await
        }
        None => from_channel(&world, &command).await?,
    };
    match outcome {
        Ok(report) => show(&report, command.check),
        // What was typed is wrong, and no update was tried.
        Err(error @ (UpdateError::NoOrigin | UpdateError::Origin { .. })) => Err(error.into()),
        Err(error) => {
            CliError::from(error).tell();
            Ok(ExitCode::UpdateFailed)
        }
    }
}

async fn from_channel(
    world: &World,
    command: &SelfUpdate,
) -> Result<Result<Report, UpdateError>, CliError> {
    let (origin, options) = follow(world, command.from.clone(), command.channel.clone())?;
    let options = UpdateOptions { check: command.check, ..options };
    let place = world.place()?;
    Ok(match origin {
        Ok(origin) => update(&place, &origin, &options).await,
        Err(error) => Err(error),
    })
}

/// Where a channel is, and how it is read: by the command line, or else by the
/// user's configuration.
pub(super) fn follow(
    world: &World,
    from: Option<String>,
    channel: Option<Name>,
) -> Result<(Result<Origin, UpdateError>, UpdateOptions), CliError> {
    let config = UpdateConfig::load(&world.home.config)?;
    let from = from.or(config.from);
    let options = UpdateOptions {
        channel: match channel.or(config.channel) {
            Some(channel) => channel,
            None => "stable".parse().map_err(|error| CliError::Usage(format!("{error}")))?,
        },
        check: false,
        now: now(),
        runner: env!("CARGO_PKG_VERSION").to_owned(),
        patience: Patience::default(),
    };
    Ok((from.ok_or(UpdateError::NoOrigin).and_then(|from| Origin::parse(&from)), options))
}

fn show(report: &Report, check: bool) -> Result<ExitCode, CliError> {
    tell(report)?;
    if !report.has_news() {
        printer::talk("nothing new");
        return Ok(ExitCode::Ok);
    }
    if check {
        printer::talk("nothing was changed; `tacho self-update` does it");
        return Ok(ExitCode::UpdateAvailable);
    }
    Ok(ExitCode::Ok)
}
