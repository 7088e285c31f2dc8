//! `tacho trust …`: which keys are trusted here, and carrying that around.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, Subcommand};
use tachograph_model::{ExitCode, Moment};
use tachograph_trust::{PublicKey, TrustedRoot, write_atomic};
use tachograph_update::{Change, Origin, Patience, Report, State, bundle, import};

use crate::{error::CliError, printer, world::World};

/// Show, export and import what is trusted here.
#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Show the root in force, its keys, and the channels that are followed.
    Show,
    /// Write the roots into one file, for a machine without a network.
    Export(Export),
    /// Import roots and suites from a file, through the checks of an update.
    Import(Import),
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A file that `tacho trust export` or `tacho suite bundle` wrote.
    file: PathBuf,
}

pub(crate) async fn run(command: Trust) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let place = world.place()?;
    match command {
        Trust::Show => printer::data(&text(&place.state()?, now()))?,
        Trust::Export(command) => {
            let bytes = bundle(place.state()?.chain(), &[])?;
            let path = &command.output;
            write_atomic(path, &bytes).map_err(CliError::disk("write", path))?;
            printer::talk(&format!("{}: written", path.display()));
        }
        Trust::Import(command) => {
            let origin = Origin::Bundle(command.file);
            let report = import(&place, &origin, None, Patience::default()).await?;
            tell(&report)?;
            if report.changes.is_empty() {
                printer::talk("nothing new");
            }
        }
    }
    Ok(ExitCode::Ok)
}

/// The clock, once a command.
pub(crate) fn now() -> Moment {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_unix_s(since_1970.as_secs())
}

/// Prints what changed, old to new.
pub(crate) fn tell(report: &Report) -> Result<(), CliError> {
    for change in &report.changes {
        printer::data(&line(change))?;
    }
    for warning in &report.warnings {
        printer::talk(&format!("warning: {warning}"));
    }
    Ok(())
}

/// One change, for people.
pub(crate) fn line(change: &Change) -> String {
    match change {
        Change::Root { old, new } => {
            format!("root      {} ({}) → {} ({})", old.0, old.1.short(), new.0, new.1.short())
        }
        Change::Index { channel, old, new } => {
            let old = old.map_or_else(|| "none".to_owned(), |counter| counter.to_string());
            format!("channel   {channel}: {old} → {} ({})", new.0, new.1.short())
        }
        Change::Suite { name, old, new } => {
            let old = old.as_ref().map_or_else(
                || "none".to_owned(),
                |(version, digest)| format!("{version} ({})", digest.short()),
            );
            format!("suite     {name}: {old} → {} ({})", new.0, new.1)
        }
        Change::Withdrawn { name, suite, reason } => {
            format!("withdrawn {name} {} ({}): {reason}", suite.0, suite.1.short())
        }
    }
}

/// What is trusted, for people.
fn text(state: &State, now: Moment) -> String {
    let root = state.root();
    let document = root.root();
    let mut lines = vec![
        format!("root      {} ({})", document.version, root.digest().short()),
        format!("made      {}, good until {}{}", document.issued, document.expires, end(root, now)),
    ];
    if document.development {
        lines.push("          DEVELOPMENT keys: they vouch for the sources and no more".to_owned());
    }
    let roles = [
        ("root", document.roles.root.threshold, root.root_keys()),
        ("channel", document.roles.channel.threshold, root.channel_keys()),
        ("suite", document.roles.suite.threshold, root.suite_keys()),
    ];
    for (role, threshold, keys) in roles {
        let ids: Vec<String> = keys.iter().map(PublicKey::key_id).collect();
        lines.push(format!("{role:<9} {threshold} of {}: {}", keys.len(), ids.join(" ")));
    }
    for retired in &document.retired {
        let id = PublicKey::parse(&retired.key).map(|key| key.key_id()).unwrap_or_default();
        lines.push(format!("retired   {id}, for {} suites", retired.suites.len()));
    }
    for entry in &document.channel {
        let seen = state.channels().find(|(name, ..)| **name == entry.name);
        lines.push(match seen {
            Some((name, seen, channel)) => format!(
                "followed  {name}: index {} ({}) of {}",
                seen.counter,
                seen.digest.short(),
                channel.issued
            ),
            None => format!("channel   {}: never asked for", entry.name),
        });
    }
    if let Some(last) = state.last_success() {
        lines.push(format!("updated   {last}"));
    }
    lines.join("\n")
}

fn end(root: &TrustedRoot, now: Moment) -> &'static str {
    match root.lasts(now) {
        Ok(true) => "",
        Ok(false) => " (soon)",
        Err(_) => " (EXPIRED: nothing new is accepted)",
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::Digest;

    use super::*;

    #[test]
    fn changes_are_told_old_to_new() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let name = || "suite-v2".parse().unwrap();
        let changes = [
            Change::Root { old: (1, one), new: (2, two) },
            Change::Index { channel: "stable".parse().unwrap(), old: None, new: (7, two) },
            Change::Suite { name: name(), old: None, new: ("2.0.0".into(), two) },
            Change::Suite {
                name: name(),
                old: Some(("2.0.0".into(), one)),
                new: ("2.1.0".into(), two),
            },
            Change::Withdrawn {
                name: name(),
                suite: ("2.0.0".into(), one),
                reason: "it counted twice".into(),
            },
        ];
        let text: Vec<String> = changes.iter().map(line).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        root      1 (6b86b273ff34) → 2 (d4735e3a265e)
        channel   stable: none → 7 (d4735e3a265e)
        suite     suite-v2: none → 2.0.0 (sha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35)
        suite     suite-v2: 2.0.0 (6b86b273ff34) → 2.1.0 (sha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35)
        withdrawn suite-v2 2.0.0 (6b86b273ff34): it counted twice
        ");
    }

    #[test]
    fn the_root_of_this_build_is_shown_with_its_keys() {
        let home = tempfile::tempdir().unwrap();
        let place = tachograph_update::Place::built_in(home.path()).unwrap();
        let shown = text(&place.state().unwrap(), "2026-12-01T00:00:00Z".parse().unwrap());
        insta::assert_snapshot!(shown, @r"
        root      1 (95cc808ac055)
        made      2026-11-28T19:11:57Z, good until 2028-01-02T19:11:57Z
                  DEVELOPMENT keys: they vouch for the sources and no more
        root      2 of 3: 6945C2E73659A42F 6BEB2C4D124B5F83 D9CC2074CEF5B87F
        channel   1 of 1: 0809DB1C9BDE72A3
        suite     1 of 1: 1BE8B155312577BD
        channel   stable: never asked for
        ");
    }
}
