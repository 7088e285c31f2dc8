//! Drafting the next root.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tachograph_model::{ChannelEntry, Digest, KeyRole, KeyRoles, Moment, Name, RetiredKey, Root};
use tachograph_trust::{
    MAX_CHANNEL_BYTES, MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, PublicKey, ROOT_DAYS, TrustedRoot,
    read_channel, read_root, verify,
};

use super::{chain, read, text, write};
use crate::{UpdateError, layout};

/// What the next root says that the last one did not. Empty lists keep what was.
#[derive(Debug, Clone, Default)]
pub struct RootChange {
    /// The root keys.
    pub root_keys: Vec<PublicKey>,
    /// How many of them have to sign.
    pub threshold: Option<u32>,
    /// The channel keys.
    pub channel_keys: Vec<PublicKey>,
    /// The suite keys. One that stood there before and is left out is retired:
    /// what it signed in this folder stays trusted, and nothing else.
    pub suite_keys: Vec<PublicKey>,
    /// Channels that are new.
    pub channels: Vec<Name>,
    /// Channels whose clients forget the counter that they have seen.
    pub reset: Vec<Name>,
    /// The oldest runner that may update.
    pub minimum_runner: Option<String>,
    /// Whether the keys lie with the sources.
    pub development: Option<bool>,
}

/// Writes the next root of a folder, not signed; the answer is its path.
///
/// # Errors
/// The last root is not signed by enough keys yet, the first one names no keys,
/// or the new one would not be valid.
pub fn draft_root(folder: &Path, change: &RootChange, now: Moment) -> Result<PathBuf, UpdateError> {
    let (roots, draft) = chain(folder)?;
    if let Some(version) = draft {
        return Err(UpdateError::Publish {
            file: folder.join(layout::root(version)).display().to_string(),
            reason: "too few keys signed this root; sign it or remove it first".to_owned(),
        });
    }
    let last = roots.last();
    let before = last.map(TrustedRoot::root);
    let version = before.map_or(1, |root| root.version + 1);
    let path = folder.join(layout::root(version));
    let root = Root {
        kind: "root".to_owned(),
        schema: 1,
        version,
        issued: now,
        expires: now.plus_days(ROOT_DAYS),
        development: change.development.or(before.map(|root| root.development)).unwrap_or(false),
        minimum_runner: change
            .minimum_runner
            .clone()
            .or_else(|| before.map(|root| root.minimum_runner.clone()))
            .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
        roles: roles(change, before),
        channel: channels(folder, change, before)?,
        retired: retired(folder, change, last)?,
    };
    let text = text(&path, &root)?;
    // What clients would refuse is refused here.
    read_root(&path.display().to_string(), text.as_bytes())?;
    write(&path, text.as_bytes())?;
    Ok(path)
}

fn roles(change: &RootChange, before: Option<&Root>) -> KeyRoles {
    let role = |keys: &[PublicKey], threshold: Option<u32>, before: Option<&KeyRole>| KeyRole {
        threshold: threshold.or(before.map(|role| role.threshold)).unwrap_or(1),
        keys: match (keys, before) {
            ([], Some(before)) => before.keys.clone(),
            _ => keys.iter().map(PublicKey::to_text).collect(),
        },
    };
    let old = before.map(|root| &root.roles);
    KeyRoles {
        root: role(&change.root_keys, change.threshold, old.map(|roles| &roles.root)),
        channel: role(&change.channel_keys, None, old.map(|roles| &roles.channel)),
        suite: role(&change.suite_keys, None, old.map(|roles| &roles.suite)),
    }
}

fn channels(
    folder: &Path,
    change: &RootChange,
    before: Option<&Root>,
) -> Result<Vec<ChannelEntry>, UpdateError> {
    let mut channels = before.map(|root| root.channel.clone()).unwrap_or_default();
    for name in &change.channels {
        channels.push(ChannelEntry { name: name.clone(), epoch: 1, floor: 1 });
    }
    for name in &change.reset {
        let Some(entry) = channels.iter_mut().find(|entry| entry.name == *name) else {
            let reason = format!("there is no channel {name} to reset");
            return Err(UpdateError::Publish { file: folder.display().to_string(), reason });
        };
        entry.epoch += 1;
        // Nothing from before the reset comes back.
        entry.floor = last_counter(folder, name)? + 1;
    }
    Ok(channels)
}

/// The counter of the index that lies in the folder; 0 when there is none.
fn last_counter(folder: &Path, name: &Name) -> Result<u64, UpdateError> {
    let path = folder.join(layout::channel(name));
    if !path.exists() {
        return Ok(0);
    }
    let bytes = read(&path, MAX_CHANNEL_BYTES)?;
    Ok(read_channel(&path.display().to_string(), &bytes)?.version)
}

fn retired(
    folder: &Path,
    change: &RootChange,
    last: Option<&TrustedRoot>,
) -> Result<Vec<RetiredKey>, UpdateError> {
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut retired = last.root().retired.clone();
    let leaving = last
        .suite_keys()
        .iter()
        .filter(|key| !change.suite_keys.is_empty() && !change.suite_keys.contains(key));
    for key in leaving {
        retired.push(RetiredKey { key: key.to_text(), suites: signed_by(folder, key)? });
    }
    Ok(retired)
}

/// The suites of a folder that a key signed.
fn signed_by(folder: &Path, key: &PublicKey) -> Result<Vec<Digest>, UpdateError> {
    let suites = folder.join("suites");
    let Ok(entries) = fs::read_dir(&suites) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| UpdateError::io(&suites, source))?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let manifest = read(&path, MAX_MANIFEST_BYTES)?;
        let signature = read(&path.with_extension("toml.minisig"), MAX_SIGNATURE_BYTES)?;
        if verify(&manifest, &signature, key).is_ok() {
            found.push(Digest::of(&manifest));
        }
    }
    found.sort();
    Ok(found)
}
