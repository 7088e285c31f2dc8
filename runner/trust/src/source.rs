//! Where unverified suites and blobs are read from.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tachograph_model::Digest;

use crate::{
    MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, Store, StoreError, SuiteSource, TrustError, builtin,
    disk,
};

/// A place with suites and blobs.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Builtin,
    Store(Store),
    Folder(PathBuf),
}

/// A suite that asks to be trusted.
pub(crate) struct Candidate {
    pub(crate) source: SuiteSource,
    /// What its place says that it is: the name of its folder, or the digest
    /// that it is stored under.
    pub(crate) label: String,
    /// Its bytes, or why they cannot be had.
    pub(crate) files: Result<Files, TrustError>,
}

pub(crate) struct Files {
    /// The manifest's name in messages.
    pub(crate) file: String,
    pub(crate) manifest: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Source {
    pub(crate) fn candidates(&self) -> Result<Vec<Candidate>, TrustError> {
        match self {
            Self::Builtin => Ok(builtin::suites().iter().map(embedded).collect()),
            Self::Store(store) => {
                let digests = store.suites()?;
                Ok(digests.iter().map(|digest| stored(store, digest)).collect())
            }
            Self::Folder(folder) => in_folder(folder),
        }
    }

    /// A blob and its name in messages; its bytes are not verified.
    pub(crate) fn blob(
        &self,
        digest: &Digest,
        size: u64,
    ) -> Result<Option<(String, Vec<u8>)>, TrustError> {
        match self {
            Self::Builtin => Ok(builtin::blob(&digest.hex())
                .map(|(name, bytes)| (format!("suites/blobs/{name} (built in)"), bytes.to_vec()))),
            Self::Store(store) => match store.get(digest, size) {
                Ok(bytes) => Ok(Some((store.path(digest).display().to_string(), bytes))),
                Err(StoreError::Missing { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Folder(folder) => blob_in_folder(folder, digest, size),
        }
    }
}

fn embedded(suite: &builtin::Embedded) -> Candidate {
    Candidate {
        source: SuiteSource::Builtin,
        label: suite.folder.to_owned(),
        files: Ok(Files {
            file: format!("suites/{}/suite.toml (built in)", suite.folder),
            manifest: suite.manifest.to_vec(),
            signature: suite.signature.to_vec(),
        }),
    }
}

fn stored(store: &Store, digest: &Digest) -> Candidate {
    let file = store.suite_paths(digest).0.display().to_string();
    Candidate {
        source: SuiteSource::Store,
        label: digest.to_string(),
        files: store
            .suite(digest)
            .map(|(manifest, signature)| Files { file, manifest, signature })
            .map_err(TrustError::from),
    }
}

/// The folder may be one suite, or hold several.
fn in_folder(folder: &Path) -> Result<Vec<Candidate>, TrustError> {
    if folder.join("suite.toml").is_file() {
        return Ok(vec![read_folder(folder)]);
    }
    let failed = |source: io::Error| TrustError::io(folder, source);
    let mut below = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    below.retain(|path| path.join("suite.toml").is_file());
    below.sort();
    Ok(below.iter().map(|path| read_folder(path)).collect())
}

fn read_folder(folder: &Path) -> Candidate {
    let manifest = folder.join("suite.toml");
    let signature = folder.join("suite.toml.minisig");
    let read = |path: &Path, limit: usize| {
        disk::read_limited(path, limit as u64).map_err(|source| TrustError::io(path, source))
    };
    let files = read(&manifest, MAX_MANIFEST_BYTES).and_then(|bytes| {
        Ok(Files {
            file: manifest.display().to_string(),
            manifest: bytes,
            signature: read(&signature, MAX_SIGNATURE_BYTES)?,
        })
    });
    let absolute = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let label = absolute.file_name().map(|name| name.to_string_lossy().into_owned());
    Candidate {
        source: SuiteSource::Folder(folder.to_owned()),
        label: label.unwrap_or_default(),
        files,
    }
}

/// Blobs lie in `blobs/` of the folder or beside it.
fn blob_in_folder(
    folder: &Path,
    digest: &Digest,
    size: u64,
) -> Result<Option<(String, Vec<u8>)>, TrustError> {
    let hex = digest.hex();
    for blobs in [folder.join("blobs"), folder.join("../blobs")] {
        for name in [format!("{hex}.wasm"), format!("{hex}.txt"), hex.clone()] {
            let path = blobs.join(name);
            // One byte more than pinned, so that a longer file is told as such.
            match disk::read_limited(&path, size.saturating_add(1)) {
                Ok(bytes) => return Ok(Some((path.display().to_string(), bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(TrustError::io(&path, source)),
            }
        }
    }
    Ok(None)
}
