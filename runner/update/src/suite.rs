//! Fetching one suite with everything that it pins.

use tachograph_model::{Digest, Name};
use tachograph_trust::{
    Catalog, MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, Store, TrustError, VerifiedSuite,
};

use crate::{Place, UpdateError, layout, report::Change, source::Source};

/// A suite that is asked for: its bytes, and what they have to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'w> {
    pub(crate) digest: Digest,
    /// Its size in bytes, when an index says it.
    pub(crate) size: Option<u64>,
    pub(crate) name: Option<&'w Name>,
    pub(crate) version: Option<&'w str>,
}

/// A suite that was verified, its blobs in the store, itself not yet.
#[derive(Debug)]
pub(crate) struct Fetched(VerifiedSuite);

impl Fetched {
    /// Puts the suite where it can be run.
    pub(crate) fn keep(&self, place: &Place, store: &Store) -> Result<(), UpdateError> {
        place.before("suite")?;
        store.put_suite(&self.0.raw, self.0.signature.as_bytes())?;
        Ok(())
    }

    pub(crate) fn change(&self) -> Change {
        let suite = &self.0;
        Change::Suite {
            name: suite.pin.name.clone(),
            old: None,
            new: (suite.suite.version.clone(), suite.pin.digest),
        }
    }
}

/// Whether every blob that a suite pins is here and whole.
pub(crate) fn is_whole(suite: &VerifiedSuite) -> bool {
    suite.plugins().into_iter().all(|plugin| suite.blob(plugin).is_ok())
        && suite.suite.corpus.iter().all(|corpus| suite.corpus(corpus).is_ok())
}

/// Fetches a manifest and its signature, verifies both, and then fetches the
/// blobs that are not here.
///
/// # Errors
/// The bytes are not the wanted ones, no suite key signed them, they are of
/// another suite, or something that they pin cannot be had.
pub(crate) async fn fetch(
    place: &Place,
    source: &Source,
    store: &Store,
    catalog: &Catalog,
    wanted: &Wanted<'_>,
) -> Result<Fetched, UpdateError> {
    let name = layout::suite(&wanted.digest);
    let absent = |name: &str, what: &str| UpdateError::Absent {
        url: source.place(name),
        what: what.to_owned(),
    };
    let limit = (MAX_MANIFEST_BYTES as u64).min(wanted.size.unwrap_or(u64::MAX));
    let manifest = source.get(&name, limit).await?.ok_or_else(|| absent(&name, "suite"))?;
    check_bytes(source.place(&name), &manifest, wanted)?;
    let signature_name = layout::suite_signature(&wanted.digest);
    let signature = source.get(&signature_name, MAX_SIGNATURE_BYTES as u64).await?;
    let signature = signature.ok_or_else(|| absent(&signature_name, "signature"))?;
    let suite = catalog.verify(&source.place(&name), &manifest, &signature)?;
    check_identity(source.place(&name), &suite, wanted)?;

    for plugin in suite.plugins() {
        if suite.blob(plugin).is_err() {
            let what = format!("plugin {}", plugin.id);
            receive(place, source, store, &what, plugin.sha256, plugin.size).await?;
        }
    }
    for corpus in &suite.suite.corpus {
        if suite.corpus(corpus).is_err() {
            let what = format!("corpus {}", corpus.id);
            receive(place, source, store, &what, corpus.sha256, corpus.size).await?;
        }
    }
    Ok(Fetched(suite))
}

fn check_bytes(file: String, manifest: &[u8], wanted: &Wanted<'_>) -> Result<(), TrustError> {
    let found = manifest.len() as u64;
    if let Some(expected) = wanted.size.filter(|&size| size != found) {
        return Err(TrustError::Size { file, expected, found });
    }
    let found = Digest::of(manifest);
    if found != wanted.digest {
        return Err(TrustError::Digest { file, expected: wanted.digest, found });
    }
    Ok(())
}

fn check_identity(
    file: String,
    suite: &VerifiedSuite,
    wanted: &Wanted<'_>,
) -> Result<(), TrustError> {
    let name = wanted.name.is_none_or(|name| *name == suite.pin.name);
    let version = wanted.version.is_none_or(|version| version == suite.suite.version);
    if name && version {
        return Ok(());
    }
    let asked = wanted.name.map_or_else(|| suite.pin.name.to_string(), Name::to_string);
    Err(TrustError::WrongDocument {
        file,
        expected: format!("suite {asked} {}", wanted.version.unwrap_or_default()).trim().to_owned(),
        found: format!("suite {} {}", suite.pin.name, suite.suite.version),
    })
}

async fn receive(
    place: &Place,
    source: &Source,
    store: &Store,
    what: &str,
    digest: Digest,
    size: u64,
) -> Result<(), UpdateError> {
    let name = layout::blob(&digest);
    place.before("blob")?;
    let mut incoming = store.receive(digest, size)?;
    let sink = |piece: &[u8]| incoming.write(piece).map_err(UpdateError::from);
    if !source.stream(&name, size, sink).await? {
        return Err(UpdateError::Absent { url: source.place(&name), what: what.to_owned() });
    }
    // Messages are about what was served, not about the file it would have become.
    incoming.finish().map_err(|error| match error {
        TrustError::Digest { expected, found, .. } => {
            TrustError::Digest { file: source.place(&name), expected, found }.into()
        }
        TrustError::Size { expected, found, .. } => {
            TrustError::Size { file: source.place(&name), expected, found }.into()
        }
        error => error.into(),
    })
}
