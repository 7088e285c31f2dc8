//! `tacho plugin fetch`: a plugin that a channel offers, as a file.

use std::path::PathBuf;

use clap::Args;
use tachograph_model::{ExitCode, Name, PluginRole};
use tachograph_sandbox::preflight;
use tachograph_trust::{TrustError, write_atomic};
use tachograph_update::fetch_plugin;

use crate::{
    commands::{self_update::follow, trust::line},
    error::CliError,
    printer,
    world::World,
};

const MEANING: &str = "\
Examples:
  tacho plugin fetch my-server --from https://updates.example.org/tacho
  tacho plugin list                    what the channels offer, beside the rest
  tacho plugin grant my-server-1.0.0.wasm
  tacho run suite-v2 --plugin my-server-1.0.0.wasm

The index of the channel is checked and remembered as `tacho self-update` does
it, and the file is what the index names, to the byte. That says who offers it
and not what it does: nothing is installed, and it may do nothing until you
grant it.";

/// Fetch a plugin that a channel offers.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Fetch {
    /// The id of the plugin.
    name: Name,
    /// The channel; `stable` when neither this nor update.toml names one.
    #[arg(long, value_name = "NAME")]
    channel: Option<Name>,
    /// Where to look: an https address, a folder, or http on this machine.
    #[arg(long, value_name = "URL|FOLDER")]
    from: Option<String>,
    /// The file to write, over what is there; NAME-VERSION.wasm in this folder, and
    /// over nothing, when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(command: Fetch) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let (origin, options) = follow(&world, command.from, command.channel)?;
    let fetched = fetch_plugin(&world.place()?, &origin?, &options, &command.name).await?;
    fetched.report.changes.iter().for_each(|change| printer::talk(&line(change)));
    fetched.report.warnings.iter().for_each(|warning| printer::talk(warning));
    let found = preflight(&fetched.bytes)
        .map_err(|source| CliError::Plugin { file: fetched.url.clone().into(), source })?;
    let (release, manifest) = (&fetched.release, &found.manifest);
    if (&manifest.id, &manifest.version) != (&release.name, &release.version) {
        return Err(CliError::from(TrustError::WrongDocument {
            file: fetched.url,
            expected: format!("plugin {} {}", release.name, release.version),
            found: format!("plugin {} {}", manifest.id, manifest.version),
        }));
    }
    if manifest.role != PluginRole::Driver {
        return Err(CliError::Usage(format!(
            "{} is a workload, and a workload runs only where a suite pins it: \
             tacho self-update brings suites with what they pin",
            release.name
        )));
    }
    let file = match command.output {
        Some(file) => file,
        None => unused(format!("{}-{}.wasm", release.name, release.version), &fetched.bytes)?,
    };
    write_atomic(&file, &fetched.bytes).map_err(CliError::disk("write", &file))?;
    printer::data(&format!("{}\n", file.display()))?;
    printer::talk(&format!(
        "{} {} ({}) from the channel {}; it may do nothing until you say so: tacho plugin grant {}",
        release.name,
        release.version,
        release.sha256.short(),
        options.channel,
        file.display()
    ));
    Ok(ExitCode::Ok)
}

/// A name that the user did not choose replaces no file of the user's.
fn unused(name: String, bytes: &[u8]) -> Result<PathBuf, CliError> {
    let file = PathBuf::from(name);
    match std::fs::read(&file) {
        Ok(there) if there != bytes => Err(CliError::Usage(format!(
            "{} is here and is another file; name one with --output",
            file.display()
        ))),
        _ => Ok(file),
    }
}
