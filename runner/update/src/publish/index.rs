//! Drafting the next index of a channel, with the files that it lists.

use std::path::{Path, PathBuf};

use tachograph_model::{Channel, Digest, Moment, Name, Release, ReleaseStatus};
use tachograph_trust::{
    CHANNEL_DAYS, Catalog, MAX_CHANNEL_BYTES, MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, TrustedRoot,
    VerifiedSuite, read_channel,
};

use super::{read, root_in_force, text, write};
use crate::{UpdateError, layout};

/// What the next index says that the last one did not.
#[derive(Debug, Clone, Default)]
pub struct IndexChange {
    /// Signed manifests, with their blobs in `blobs/` in or beside their folder.
    pub suites: Vec<PathBuf>,
    /// Plugins that no suite pins: the id and version of each, and its bytes.
    pub plugins: Vec<(Name, String, Vec<u8>)>,
    /// Suites and plugins to withdraw, and why.
    pub withdraw: Vec<(Digest, String)>,
}

/// Writes the next index of a channel, not signed, and the files that are new in
/// it; the answer is its path. Signatures of the last index are removed: they
/// are none of this one.
///
/// # Errors
/// The folder has no root, or the root no such channel; a suite is not trusted
/// by the root or its blobs are not here; what is withdrawn is not listed; the
/// new index would not be valid.
pub fn draft_index(
    folder: &Path,
    name: &Name,
    change: &IndexChange,
    now: Moment,
) -> Result<PathBuf, UpdateError> {
    let root = root_in_force(folder)?;
    let refused =
        |reason: String| UpdateError::Publish { file: folder.display().to_string(), reason };
    let entry = root
        .channel_entry(name)
        .ok_or_else(|| refused(format!("its root has no channel {name}")))?;
    let path = folder.join(layout::channel(name));
    let mut index = match path.exists() {
        true => read_channel(&path.display().to_string(), &read(&path, MAX_CHANNEL_BYTES)?)?,
        false => first(name, entry.floor, now),
    };
    index.version = (index.version + 1).max(entry.floor);
    (index.issued, index.expires) = (now, now.plus_days(CHANNEL_DAYS));
    for manifest in &change.suites {
        let suite = load(&root, manifest)?;
        keep(folder, &suite)?;
        let size = suite.raw.len() as u64;
        let version = suite.suite.version.clone();
        add(&mut index.suite, suite.pin.name, version, suite.pin.digest, size);
    }
    for (id, version, bytes) in &change.plugins {
        let digest = Digest::of(bytes);
        write(&folder.join(layout::blob(&digest)), bytes)?;
        add(&mut index.plugin, id.clone(), version.clone(), digest, bytes.len() as u64);
    }
    for (digest, reason) in &change.withdraw {
        let listed = index.suite.iter_mut().chain(&mut index.plugin);
        let release = listed
            .into_iter()
            .find(|release| release.sha256 == *digest)
            .ok_or_else(|| refused(format!("{digest} is not listed, so it cannot be withdrawn")))?;
        release.status = ReleaseStatus::Withdrawn;
        release.reason = Some(reason.clone());
    }
    let text = text(&path, &index)?;
    // What clients would refuse is refused here.
    read_channel(&path.display().to_string(), text.as_bytes())?;
    for key in root.channel_keys() {
        let file = path.display().to_string();
        let stale = PathBuf::from(tachograph_trust::signature_name(&file, key));
        if stale.exists() {
            std::fs::remove_file(&stale).map_err(|source| UpdateError::io(&stale, source))?;
        }
    }
    write(&path, text.as_bytes())?;
    Ok(path)
}

fn first(name: &Name, floor: u64, now: Moment) -> Channel {
    Channel {
        kind: "channel".to_owned(),
        schema: 1,
        version: floor.saturating_sub(1),
        name: name.clone(),
        issued: now,
        expires: now,
        suite: Vec::new(),
        plugin: Vec::new(),
    }
}

/// A release that is listed already, byte for byte, stays as it is.
fn add(list: &mut Vec<Release>, name: Name, version: String, sha256: Digest, size: u64) {
    if !list.iter().any(|release| release.sha256 == sha256) {
        let status = ReleaseStatus::Active;
        list.push(Release { name, version, sha256, size, status, reason: None });
    }
}

fn load(root: &TrustedRoot, manifest: &Path) -> Result<VerifiedSuite, UpdateError> {
    let mut signature = manifest.as_os_str().to_owned();
    signature.push(".minisig");
    let bytes = read(manifest, MAX_MANIFEST_BYTES)?;
    let signature = read(Path::new(&signature), MAX_SIGNATURE_BYTES)?;
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let catalog = Catalog::trusting(root).with_folder(folder);
    Ok(catalog.verify(&manifest.display().to_string(), &bytes, &signature)?)
}

/// The blobs first: a manifest is never served before what it pins.
fn keep(folder: &Path, suite: &VerifiedSuite) -> Result<(), UpdateError> {
    for plugin in suite.plugins() {
        write(&folder.join(layout::blob(&plugin.sha256)), &suite.blob(plugin)?)?;
    }
    for corpus in &suite.suite.corpus {
        write(&folder.join(layout::blob(&corpus.sha256)), &suite.corpus(corpus)?)?;
    }
    let digest = &suite.pin.digest;
    write(&folder.join(layout::suite_signature(digest)), suite.signature.as_bytes())?;
    write(&folder.join(layout::suite(digest)), &suite.raw)
}
