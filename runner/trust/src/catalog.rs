//! The suites that are here, from every place.

use std::{fmt, path::PathBuf};

use tachograph_model::{Channel, Digest, Name, Pin, Release};

use crate::{
    PublicKey, Store, TrustError, TrustedRoot, VerifiedSuite,
    channel::{reason, withdrawn},
    lint::version_parts,
    root::SuiteKeys,
    source::{Candidate, Source},
    suite::verify_suite,
    walk,
};

/// Where a suite comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteSource {
    /// Part of the program.
    Builtin,
    /// The user's store.
    Store,
    /// A folder that the user named.
    Folder(PathBuf),
}

impl fmt::Display for SuiteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin => f.write_str("built in"),
            Self::Store => f.write_str("store"),
            Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A line of the list of suites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteEntry {
    /// Its name and the digest of its bytes.
    pub pin: Pin,
    /// Its version.
    pub version: String,
    /// The day of its release.
    pub released: String,
    /// Where it comes from.
    pub source: SuiteSource,
    /// One or two lines for people.
    pub description: String,
    /// The id of the key that signed it.
    pub signed_by: String,
    /// Whether that is the development key.
    pub development_key: bool,
    /// Why it was withdrawn, when an index says so.
    pub withdrawn: Option<String>,
}

/// The suites that are here, and the keys that may sign them.
#[derive(Debug, Clone)]
pub struct Catalog {
    keys: SuiteKeys,
    sources: Vec<Source>,
    indexes: Vec<Channel>,
}

impl Catalog {
    /// The suites that are part of the program, by the keys of the embedded
    /// root.
    pub fn builtin() -> Self {
        match TrustedRoot::embedded() {
            Ok([.., root]) => Self::trusting(root),
            _ => Self::empty().with_builtin(),
        }
    }

    /// The suites that are part of the program, by the suite keys of a root.
    pub fn trusting(root: &TrustedRoot) -> Self {
        Self { keys: root.suites().clone(), ..Self::empty() }.with_builtin()
    }

    /// No suites and no keys.
    pub fn empty() -> Self {
        Self { keys: SuiteKeys::default(), sources: Vec::new(), indexes: Vec::new() }
    }

    fn with_builtin(mut self) -> Self {
        self.sources.push(Source::Builtin);
        self
    }

    /// Marks what an index calls withdrawn. It is found all the same: whether it
    /// may be run is the user's word.
    pub fn with_index(mut self, index: Channel) -> Self {
        self.indexes.push(index);
        self
    }

    /// The plugins that the indexes list, each with its channel.
    pub fn offered_plugins(&self) -> impl Iterator<Item = (&Name, &Release)> {
        self.indexes
            .iter()
            .flat_map(|index| index.plugin.iter().map(|release| (&index.name, release)))
    }

    /// Why an index calls a plugin withdrawn; `None` for every other plugin.
    pub fn withdrawn_plugin(&self, digest: &Digest) -> Option<String> {
        self.indexes.iter().find_map(|index| reason(&index.plugin, digest))
    }

    /// Also the suites and blobs of a store.
    pub fn with_store(mut self, store: Store) -> Self {
        self.sources.push(Source::Store(store));
        self
    }

    /// Also the suites of a folder: one suite (`suite.toml`), or several such
    /// folders. Blobs are looked for in `blobs/` inside it and beside it.
    pub fn with_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::Folder(folder.into()));
        self
    }

    /// Also suites that this key signed.
    pub fn with_key(mut self, key: PublicKey) -> Self {
        self.keys.active.push(key);
        self
    }

    /// Every suite whose signature holds, by name and version, the newest
    /// version of a name first.
    pub fn list(&self) -> Vec<SuiteEntry> {
        let mut found: Vec<Found> = self.load().filter_map(|loaded| loaded.outcome.ok()).collect();
        sort(&mut found);
        found.into_iter().map(Found::into_entry).collect()
    }

    /// Why the others are not in [`Catalog::list`].
    pub fn refused(&self) -> Vec<TrustError> {
        self.load().filter_map(|loaded| loaded.outcome.err()).collect()
    }

    /// The one suite that a text names: a pin (`suite-v2@sha256:…`), a pin with
    /// at least eight digits of its digest, a digest, or a name, which means
    /// the newest version.
    ///
    /// # Errors
    /// Nothing fits, several suites fit, or what fits is not trusted. A name
    /// whose files were changed in one place is refused even when another place
    /// has a good suite of that name.
    pub fn resolve(&self, spec: &str) -> Result<VerifiedSuite, TrustError> {
        let wanted = Wanted::parse(spec);
        let (mut found, mut names, mut refused) = (Vec::new(), Vec::new(), None);
        let mut unknown = None;
        for loaded in self.load() {
            match loaded.outcome {
                Ok(suite) => {
                    names.push(suite.suite.pin.name.to_string());
                    if wanted.fits(&suite.suite.pin) {
                        found.push(suite);
                    } else if wanted.is_name(&loaded.label) {
                        let (file, found) =
                            (suite.suite.file.clone(), suite.suite.pin.name.to_string());
                        let expected = loaded.label;
                        refused.get_or_insert(TrustError::WrongSuite { file, expected, found });
                    }
                }
                // Under a root of the user's own, nobody has changed what is built in.
                Err(error @ TrustError::UnknownKey { .. }) if loaded.builtin.is_some() => {
                    let digest = loaded.builtin.map(|digest| digest.hex()).unwrap_or_default();
                    if wanted.claims(&loaded.label)
                        && wanted.hex.is_none_or(|hex| digest.starts_with(hex))
                    {
                        unknown.get_or_insert(error);
                    }
                }
                Err(error) if wanted.claims(&loaded.label) => {
                    refused.get_or_insert(error);
                }
                Err(_) => {}
            }
        }
        // A whole digest says which bytes; nothing else can stand in for them.
        if let Some(error) = refused
            && (!wanted.is_exact() || found.is_empty())
        {
            return Err(error);
        }
        if let Some(error) = unknown
            && found.is_empty()
        {
            return Err(error);
        }
        sort(&mut found);
        let newest = found.first().map(|first| first.suite.suite.version.clone());
        if !wanted.by_digest() {
            found.retain(|suite| Some(&suite.suite.suite.version) == newest.as_ref());
        }
        found.dedup_by(|b, a| a.suite.pin == b.suite.pin);
        match found.len() {
            0 => Err(TrustError::NoSuite {
                spec: spec.to_owned(),
                nearest: walk::nearest(
                    wanted.name.unwrap_or(spec),
                    names.iter().map(String::as_str),
                ),
            }),
            1 => Ok(found.swap_remove(0).suite),
            _ => Err(TrustError::Ambiguous {
                spec: spec.to_owned(),
                pins: found.iter().map(|suite| suite.suite.pin.to_string()).collect(),
            }),
        }
    }

    /// Verifies a manifest from elsewhere by the keys of this catalog; its blobs
    /// are looked for in the places of the catalog.
    ///
    /// # Errors
    /// As [`verify_suite`].
    pub fn verify(
        &self,
        file: &str,
        manifest: &[u8],
        signature: &[u8],
    ) -> Result<VerifiedSuite, TrustError> {
        let keys = self.keys.of(&Digest::of(manifest));
        let mut suite = verify_suite(file, manifest, signature, &keys)?;
        suite.sources.extend(self.sources.iter().cloned());
        suite.withdrawn = self.withdrawn(&suite);
        Ok(suite)
    }

    fn withdrawn(&self, suite: &VerifiedSuite) -> Option<String> {
        self.indexes.iter().find_map(|index| withdrawn(index, &suite.pin.digest, &suite.suite))
    }

    fn load(&self) -> impl Iterator<Item = Loaded> {
        self.sources.iter().flat_map(|source| match source.candidates() {
            Ok(candidates) => {
                candidates.into_iter().map(|candidate| self.check(source, candidate)).collect()
            }
            // A place that cannot be read might hold anything.
            Err(error) => vec![Loaded { label: String::new(), builtin: None, outcome: Err(error) }],
        })
    }

    fn check(&self, own: &Source, candidate: Candidate) -> Loaded {
        let Candidate { source, label, files } = candidate;
        let manifest = files.as_ref().ok().filter(|_| source == SuiteSource::Builtin);
        let builtin = manifest.map(|files| Digest::of(&files.manifest));
        let outcome = files.and_then(|files| {
            let keys = self.keys.of(&Digest::of(&files.manifest));
            let mut suite = verify_suite(&files.file, &files.manifest, &files.signature, &keys)?;
            // Its own place first; a blob is the same wherever it lies.
            suite.sources = match (own, &source) {
                (Source::Folder(_), SuiteSource::Folder(path)) => {
                    vec![Source::Folder(path.clone())]
                }
                _ => vec![own.clone()],
            };
            suite.sources.extend(self.sources.iter().cloned());
            suite.withdrawn = self.withdrawn(&suite);
            Ok(Found { suite, source })
        });
        Loaded { label, builtin, outcome }
    }
}

struct Loaded {
    label: String,
    /// The digest of a manifest that is part of the program.
    builtin: Option<Digest>,
    outcome: Result<Found, TrustError>,
}

struct Found {
    suite: VerifiedSuite,
    source: SuiteSource,
}

impl Found {
    fn into_entry(self) -> SuiteEntry {
        let Self { suite, source } = self;
        SuiteEntry {
            pin: suite.pin,
            version: suite.suite.version,
            released: suite.suite.released,
            source,
            description: suite.suite.description,
            signed_by: suite.signed_by,
            development_key: suite.development_key,
            withdrawn: suite.withdrawn,
        }
    }
}

/// By name, then the newest version, then digest. Stable: the first place wins.
fn sort(found: &mut [Found]) {
    found.sort_by_key(|found| {
        let suite = &found.suite;
        let version = version_parts(&suite.suite.version);
        (suite.pin.name.clone(), std::cmp::Reverse(version), suite.pin.digest)
    });
}

/// The fewest hexadecimal digits that a digest may be shortened to.
const SHORTEST_DIGEST: usize = 8;

/// What a text asks for.
struct Wanted<'s> {
    name: Option<&'s str>,
    /// The first digits of the digest.
    hex: Option<&'s str>,
}

impl<'s> Wanted<'s> {
    fn parse(spec: &'s str) -> Self {
        let (name, digest) = match spec.split_once('@') {
            Some((name, digest)) => (Some(name), Some(digest)),
            None if spec.starts_with("sha256:") => (None, Some(spec)),
            None => (Some(spec), None),
        };
        Self { name, hex: digest.map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest)) }
    }

    fn fits(&self, pin: &Pin) -> bool {
        let hex = self
            .hex
            .is_none_or(|hex| hex.len() >= SHORTEST_DIGEST && pin.digest.hex().starts_with(hex));
        hex && self.name.is_none_or(|name| name == pin.name.as_str())
    }

    fn by_digest(&self) -> bool {
        self.hex.is_some()
    }

    fn is_exact(&self) -> bool {
        self.hex.is_some_and(|hex| hex.len() == 64)
    }

    fn is_name(&self, label: &str) -> bool {
        self.hex.is_none() && self.name == Some(label)
    }

    /// Whether a place's label is what is asked for.
    fn claims(&self, label: &str) -> bool {
        let digest = label.strip_prefix("sha256:");
        let by_digest = self.hex.is_some_and(|hex| {
            hex.len() >= SHORTEST_DIGEST && digest.is_some_and(|digest| digest.starts_with(hex))
        });
        label.is_empty() || by_digest || self.name == Some(label)
    }
}

#[cfg(test)]
mod tests;
