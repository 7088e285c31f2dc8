//! A bundle: everything that a pin needs, in one file.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use tachograph_model::Digest;
use tachograph_trust::{TarError, TrustedRoot, VerifiedSuite, read_tar, signature_name, write_tar};

use crate::{UpdateError, layout};

/// A bundle that is open. Nothing in it is trusted, and nothing is unpacked:
/// its files are read by the names of the layout.
#[derive(Debug)]
pub(crate) struct Bundle {
    path: PathBuf,
    file: File,
    /// Where each file begins, and its size in bytes.
    files: BTreeMap<String, (u64, u64)>,
}

impl Bundle {
    pub(crate) fn open(path: &Path) -> Result<Self, UpdateError> {
        let mut file = File::open(path).map_err(|source| UpdateError::io(path, source))?;
        let entries = read_tar(&mut file, |name| layout::is_name(name).then_some(u64::MAX));
        let entries = entries.map_err(|error| match error {
            TarError::Io(source) => UpdateError::io(path, source),
            refused => UpdateError::Bundle {
                file: path.display().to_string(),
                reason: refused.to_string(),
            },
        })?;
        let files = entries.into_iter().map(|entry| (entry.name, (entry.start, entry.size)));
        Ok(Self { path: path.to_owned(), file, files: files.collect() })
    }

    /// The digests of the suites in it.
    pub(crate) fn suites(&self) -> Vec<Digest> {
        let digest = |name: &String| {
            let hex = name.strip_prefix("suites/")?.strip_suffix(".toml")?;
            format!("sha256:{hex}").parse().ok()
        };
        self.files.keys().filter_map(digest).collect()
    }

    /// A reader of one of its files, and its size in bytes.
    pub(crate) fn reader(&self, name: &str) -> io::Result<Option<(impl io::Read + use<>, u64)>> {
        let Some(&(start, size)) = self.files.get(name) else { return Ok(None) };
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Some((file.take(size), size)))
    }

    pub(crate) fn place(&self, name: &str) -> String {
        format!("{}: {name}", self.path.display())
    }
}

/// The bytes of a bundle with some roots and some suites.
///
/// # Errors
/// A blob that a suite pins is not here.
pub fn bundle(roots: &[TrustedRoot], suites: &[VerifiedSuite]) -> Result<Vec<u8>, UpdateError> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for root in roots {
        let name = layout::root(root.root().version);
        // Those of the keys of this root and the one before, whatever their files
        // were called: a signature says whose it is.
        for key in signers(root, roots) {
            let held =
                root.document().signatures.iter().find(|text| {
                    tachograph_trust::verify(&root.document().bytes, text, key).is_ok()
                });
            files.extend(held.map(|text| (signature_name(&name, key), text.clone())));
        }
        files.insert(name, root.document().bytes.clone());
    }
    for suite in suites {
        let digest = suite.pin.digest;
        files.insert(layout::suite(&digest), suite.raw.clone());
        files.insert(layout::suite_signature(&digest), suite.signature.clone().into_bytes());
        for plugin in suite.plugins() {
            files.insert(layout::blob(&plugin.sha256), suite.blob(plugin)?);
        }
        for corpus in &suite.suite.corpus {
            files.insert(layout::blob(&corpus.sha256), suite.corpus(corpus)?);
        }
    }
    let entries = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    write_tar(entries).ok_or_else(|| UpdateError::Bundle {
        file: "the bundle".to_owned(),
        reason: "one of its files is too large".to_owned(),
    })
}

/// The keys that may have signed a root: its own, and those of the one before.
fn signers<'r>(
    root: &'r TrustedRoot,
    chain: &'r [TrustedRoot],
) -> Vec<&'r tachograph_trust::PublicKey> {
    let before = chain.iter().filter(|other| other.root().version + 1 == root.root().version);
    let mut keys: Vec<_> = root.root_keys().iter().collect();
    for key in before.flat_map(TrustedRoot::root_keys) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

#[cfg(test)]
mod tests;
