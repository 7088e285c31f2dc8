//! `tacho plugin list`: the plugins of the suites, the offered and the granted ones.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;
use tachograph_model::{Digest, ExitCode, Name, PluginRef, Release, ReleaseStatus};
use tachograph_trust::{Grant, Grants};

use crate::{error::CliError, printer, world::World};

#[derive(Debug, Args)]
pub(crate) struct List {
    /// A suite's name or exact pin; every suite when not given.
    suite: Option<String>,
    /// Write it as JSON.
    #[arg(long)]
    json: bool,
}

/// A plugin and the suites that pin it.
#[derive(Debug)]
struct Pinned {
    role: &'static str,
    plugin: PluginRef,
    suites: Vec<String>,
}

pub(super) fn run(command: &List) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let catalog = world.catalog()?;
    let names = match &command.suite {
        Some(suite) => vec![suite.clone()],
        None => catalog.list().into_iter().map(|entry| entry.pin.to_string()).collect(),
    };
    let mut pinned: BTreeMap<(String, String, String), Pinned> = BTreeMap::new();
    for name in names {
        let suite = catalog.resolve(&name)?;
        let drivers = suite.suite.driver.iter().map(|entry| ("driver", &entry.plugin));
        let workloads = suite.suite.workload.iter().map(|entry| ("workload", &entry.plugin));
        for (role, plugin) in drivers.chain(workloads) {
            let key = (role.to_owned(), plugin.id.to_string(), plugin.sha256.hex());
            let known = pinned.entry(key).or_insert_with(|| Pinned {
                role,
                plugin: plugin.clone(),
                suites: Vec::new(),
            });
            let suite = suite.pin.name.to_string();
            if !known.suites.contains(&suite) {
                known.suites.push(suite);
            }
        }
    }
    let pinned: Vec<Pinned> = pinned.into_values().collect();
    let grants = Grants::load(&world.home.config)?;
    let granted: Vec<&Grant> = match command.suite {
        Some(_) => Vec::new(),
        None => grants.iter().collect(),
    };
    let offered: Vec<(&Name, &Release)> = match command.suite {
        Some(_) => Vec::new(),
        None => catalog.offered_plugins().collect(),
    };
    printer::data(&match command.json {
        true => document(&pinned, &offered, &granted),
        false => table(&pinned, &offered, &granted),
    })?;
    Ok(ExitCode::Ok)
}

fn table(pinned: &[Pinned], offered: &[(&Name, &Release)], granted: &[&Grant]) -> String {
    let line = |role: &str, id: &str, version: &str, digest: &Digest, of: &str| {
        format!("{role:<9}{id:<28}{version:<9}{}  {of}\n", digest.short())
    };
    let mut text = String::new();
    for Pinned { role, plugin, suites } in pinned {
        let suites = suites.join(", ");
        text += &line(role, plugin.id.as_str(), &plugin.version, &plugin.sha256, &suites);
    }
    for (channel, release) in offered {
        let of = match release.status {
            ReleaseStatus::Active => format!("by {channel}"),
            ReleaseStatus::Withdrawn => format!("by {channel}, WITHDRAWN"),
        };
        let reason = release.reason.as_ref().map(|reason| format!("         {reason}\n"));
        text += &line("offered", release.name.as_str(), &release.version, &release.sha256, &of);
        text += reason.as_deref().unwrap_or_default();
    }
    for grant in granted {
        text += &line("granted", grant.id.as_str(), &grant.version, &grant.sha256, "by you");
    }
    text
}

fn document(pinned: &[Pinned], offered: &[(&Name, &Release)], granted: &[&Grant]) -> String {
    let of_suites = pinned.iter().map(|known| {
        json!({
            "role": known.role,
            "id": known.plugin.id,
            "version": known.plugin.version,
            "sha256": known.plugin.sha256,
            "suites": known.suites,
        })
    });
    let of_channels =
        offered.iter().map(|(channel, release)| json!({ "channel": channel, "release": release }));
    let document = json!({
        "pinned": of_suites.collect::<Vec<_>>(),
        "offered": of_channels.collect::<Vec<_>>(),
        "granted": granted,
    });
    format!("{document:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_and_granted_plugins_are_told_apart() {
        let text = r#"
kind = "plugin"
schema = 1
id = "my-server"
version = "0.1.0"
role = "driver"
abi = "1.0"
description = "A demonstration."
license = "MIT"
"#;
        let manifest = tachograph_trust::read_plugin("plugin.toml", text.as_bytes()).unwrap();
        let grant = Grant::all_of(&manifest, Digest::of(b"it"), 1);
        let pinned = Pinned {
            role: "driver",
            plugin: PluginRef {
                id: "llama-cpp".parse().unwrap(),
                version: "1.0.0".into(),
                sha256: Digest::of(b"other"),
                size: 1,
            },
            suites: vec!["suite-v1".into(), "suite-v2".into()],
        };
        let stable = "stable".parse().unwrap();
        let [active, withdrawn] =
            [ReleaseStatus::Active, ReleaseStatus::Withdrawn].map(|status| Release {
                name: "their-server".parse().unwrap(),
                version: "2.0.0".into(),
                sha256: Digest::of(b"theirs"),
                size: 1,
                status,
                reason: (status == ReleaseStatus::Withdrawn).then(|| "it miscounts".to_owned()),
            });
        let offered = [(&stable, &active), (&stable, &withdrawn)];
        let text = table(&[pinned], &offered, &[&grant]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }
}
