//! Removing suites that nothing needs any more.

use std::collections::BTreeSet;

use tachograph_model::Digest;
use tachograph_trust::{Store, VerifiedSuite};

use crate::{Place, State, UpdateError, update::newest};

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// The suites, as pins.
    pub suites: Vec<String>,
    /// How many blobs.
    pub blobs: usize,
    /// Their bytes together.
    pub bytes: u64,
}

/// Removes suites from the store that are neither the newest of their name nor
/// among `named`, and the blobs that nothing names then. With `dry_run` it only
/// says what it would remove.
///
/// `named` holds the digests that results name: suites, plugins, texts.
///
/// # Errors
/// Something cannot be read: what is not understood might need anything, so
/// nothing is removed.
pub fn gc(place: &Place, named: &BTreeSet<Digest>, dry_run: bool) -> Result<Removed, UpdateError> {
    let _held = place.change()?;
    let state = place.state()?;
    let store = place.store()?;
    let catalog = place.catalog(&state)?;
    let newest = newest_here(&state, &catalog.list());
    let mut needed: BTreeSet<Digest> = state.documents(place).into_iter().collect();
    needed.extend(named);
    let mut removed = Removed::default();
    let mut unneeded = Vec::new();
    for digest in store.suites()? {
        let suite = catalog.resolve(&digest.to_string())?;
        if named.contains(&digest) || newest.contains(&digest) {
            needed.extend(blobs(&suite));
        } else {
            removed.suites.push(suite.pin.to_string());
            unneeded.push(digest);
        }
    }
    if !dry_run {
        for digest in &unneeded {
            place.before("remove suite")?;
            store.remove_suite(digest)?;
        }
    }
    if !dry_run {
        // Nobody else writes while the lock is held, so these were cut off.
        store.sweep()?;
    }
    for (digest, size) in store.blobs()? {
        if !needed.contains(&digest) {
            removed.blobs += 1;
            removed.bytes += size;
            remove(place, &store, &digest, dry_run)?;
        }
    }
    Ok(removed)
}

fn remove(place: &Place, store: &Store, digest: &Digest, dry: bool) -> Result<(), UpdateError> {
    if !dry {
        place.before("remove blob")?;
        store.remove(digest)?;
    }
    Ok(())
}

/// The newest suite of each name: by the indexes, and by what is here.
fn newest_here(state: &State, here: &[tachograph_trust::SuiteEntry]) -> BTreeSet<Digest> {
    let listed = state.channels().flat_map(|(_, _, channel)| newest(&channel.suite));
    let mut all: BTreeSet<Digest> = listed.map(|release| release.sha256).collect();
    let mut names = BTreeSet::new();
    // The list has the newest of a name first.
    all.extend(here.iter().filter(|e| names.insert(&e.pin.name)).map(|e| e.pin.digest));
    all
}

fn blobs(suite: &VerifiedSuite) -> Vec<Digest> {
    let plugins = suite.plugins().into_iter().map(|plugin| plugin.sha256);
    plugins.chain(suite.suite.corpus.iter().map(|corpus| corpus.sha256)).collect()
}
