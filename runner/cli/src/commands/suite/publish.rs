//! `tacho suite publish …`: for maintainers of a channel.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use tachograph_model::{Digest, ExitCode, Name, Pin};
use tachograph_trust::{KeyError, PublicKey, SecretKey, TrustError};
use tachograph_update::publish::{IndexChange, RootChange, draft_index, draft_root, sign};

use crate::{
    commands::{plugin::read_component, trust::now},
    error::CliError,
    printer,
};

const EXAMPLES: &str = "\
Examples, from nothing to a channel that a static web server can serve:
  tacho suite publish root mirror --root-key a.pub --root-key b.pub \\
      --root-key c.pub --threshold 2 --channel-key ch.pub --suite-key su.pub \\
      --channel stable
  tacho suite publish sign mirror/root/1.toml --key a.key    on one machine
  tacho suite publish sign mirror/root/1.toml --key b.key    on another
  tacho suite publish index mirror --add suites/suite-v2/suite.toml
  tacho suite publish sign mirror/channel/stable.toml --key ch.key
  TACHO_ROOT=mirror/root/1.toml tacho self-update --from mirror

An index is good for 14 days and a root for 400: sign the next ones in time.";

/// Make the roots and indexes of a channel, in a static folder.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Publish {
    /// Draft the next root. What is not named stays as it was.
    Root(Root),
    /// Draft the next index of a channel.
    Index(Index),
    /// Sign a draft with one key.
    Sign(Sign),
}

#[derive(Debug, Args)]
pub(crate) struct Root {
    /// The folder.
    folder: PathBuf,
    /// A public key that signs roots.
    #[arg(long, value_name = "FILE")]
    root_key: Vec<PathBuf>,
    /// How many root keys have to sign.
    #[arg(long, value_name = "N")]
    threshold: Option<u32>,
    /// A public key that signs indexes.
    #[arg(long, value_name = "FILE")]
    channel_key: Vec<PathBuf>,
    /// A public key that signs suites. One that is left out is retired: what it
    /// signed in this folder stays trusted.
    #[arg(long, value_name = "FILE")]
    suite_key: Vec<PathBuf>,
    /// A channel that is new.
    #[arg(long, value_name = "NAME")]
    channel: Vec<Name>,
    /// A channel whose clients forget the counter that they have seen.
    #[arg(long, value_name = "NAME")]
    reset: Vec<Name>,
    /// The oldest version of tacho that may update.
    #[arg(long, value_name = "VERSION")]
    minimum_runner: Option<String>,
    /// Whether the keys are development keys.
    #[arg(long, value_name = "BOOL")]
    development: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct Index {
    /// The folder.
    folder: PathBuf,
    /// The channel.
    #[arg(long, value_name = "NAME", default_value = "stable")]
    channel: Name,
    /// A signed suite, for example suites/suite-v2/suite.toml.
    #[arg(long, value_name = "MANIFEST")]
    add: Vec<PathBuf>,
    /// A plugin that no suite pins.
    #[arg(long, value_name = "COMPONENT")]
    add_plugin: Vec<PathBuf>,
    /// The pin or digest of a suite or plugin to withdraw.
    #[arg(long, value_name = "PIN", requires = "reason")]
    withdraw: Vec<String>,
    /// Why it is withdrawn, in one line.
    #[arg(long, value_name = "TEXT", requires = "withdraw")]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The root or the index.
    document: PathBuf,
    #[command(flatten)]
    key: Key,
}

/// Where a secret key is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Key {
    /// The secret key, in minisign's format, without a password, readable by you
    /// alone.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The environment variable that holds the text of the key file.
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,
}

impl Key {
    fn load(&self) -> Result<SecretKey, CliError> {
        if let Some(path) = &self.key {
            return Ok(SecretKey::load_private(path)?);
        }
        let name = self.key_env.clone().unwrap_or_default();
        let wrong = |source| TrustError::Key { file: name.clone(), source };
        let text = std::env::var(&name).map_err(|_| wrong(KeyError::Secret("it is not set")))?;
        Ok(SecretKey::parse(&text).map_err(wrong)?)
    }
}

pub(crate) fn run(command: Publish) -> Result<ExitCode, CliError> {
    match command {
        Publish::Root(command) => root(command),
        Publish::Index(command) => index(&command),
        Publish::Sign(command) => sign_with(&command),
    }
}

fn root(command: Root) -> Result<ExitCode, CliError> {
    let load = |paths: &[PathBuf]| {
        paths.iter().map(|path| PublicKey::load(path)).collect::<Result<Vec<_>, _>>()
    };
    let change = RootChange {
        root_keys: load(&command.root_key)?,
        threshold: command.threshold,
        channel_keys: load(&command.channel_key)?,
        suite_keys: load(&command.suite_key)?,
        channels: command.channel,
        reset: command.reset,
        minimum_runner: command.minimum_runner,
        development: command.development,
    };
    let path = draft_root(&command.folder, &change, now())?;
    printer::talk(&format!(
        "{0}: drafted; sign it: tacho suite publish sign {0} --key FILE",
        path.display()
    ));
    Ok(ExitCode::Ok)
}

fn index(command: &Index) -> Result<ExitCode, CliError> {
    let mut change = IndexChange { suites: command.add.clone(), ..IndexChange::default() };
    for path in &command.add_plugin {
        let (bytes, preflight) = read_component(path)?;
        let manifest = preflight.manifest;
        change.plugins.push((manifest.id, manifest.version, bytes));
    }
    for text in &command.withdraw {
        let reason = command.reason.clone().unwrap_or_default();
        change.withdraw.push((digest(text)?, reason));
    }
    let path = draft_index(&command.folder, &command.channel, &change, now())?;
    printer::talk(&format!(
        "{0}: drafted; sign it: tacho suite publish sign {0} --key FILE",
        path.display()
    ));
    Ok(ExitCode::Ok)
}

/// The digest in a pin, or a digest alone.
fn digest(text: &str) -> Result<Digest, CliError> {
    let pin = text.parse::<Pin>().map(|pin| pin.digest);
    pin.or_else(|_| text.parse()).map_err(|error| CliError::Usage(format!("--withdraw: {error}")))
}

fn sign_with(command: &Sign) -> Result<ExitCode, CliError> {
    let key = command.key.load()?;
    // Before anything is written, so that a wrong path is no new file.
    fs::metadata(&command.document).map_err(CliError::disk("read", &command.document))?;
    let (path, voices) = sign(&command.document, &key)?;
    printer::talk(&format!("{}: signed", path.display()));
    for voice in voices {
        let more = if voice.are_enough() { "enough" } else { "more have to sign" };
        printer::talk(&format!(
            "{}: {} of {} keys signed; {more}",
            voice.role, voice.signed, voice.needed
        ));
    }
    Ok(ExitCode::Ok)
}
