//! A folder of content-addressed bytes: blobs and signed suites.
//!
//! ```text
//! STORE/blobs/<64 hex>            STORE/suites/<64 hex>.toml
//!                                 STORE/suites/<64 hex>.toml.minisig
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tachograph_model::Digest;

use crate::{MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, disk, incoming::Incoming};

/// Why the store gave or took nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system said no; also for links, folders and files over the limit.
    #[error("{file}: {source}")]
    Io {
        /// The file or folder.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing with this digest is in the store.
    #[error("{file}: {digest} is not in the store")]
    Missing {
        /// Where it would be.
        file: String,
        /// The digest.
        digest: Digest,
    },
    /// The bytes on disk are not the ones that were put there.
    #[error("{file}: not trusted: its bytes have digest {found}, not that of its name")]
    Changed {
        /// The file.
        file: String,
        /// The digest of the bytes.
        found: Digest,
    },
}

impl StoreError {
    /// The stable code: `store-io`, `store-missing` or `store-changed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store-io",
            Self::Missing { .. } => "store-missing",
            Self::Changed { .. } => "store-changed",
        }
    }

    pub(crate) fn is_disk(&self) -> bool {
        matches!(self, Self::Io { .. })
    }

    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { file: path.display().to_string(), source }
    }
}

/// A content-addressed store in one folder that only its owner can enter.
#[derive(Debug, Clone)]
pub struct Store {
    blobs: PathBuf,
    suites: PathBuf,
}

impl Store {
    /// Opens a store, making its folders (mode 0700) when they are absent.
    ///
    /// # Errors
    /// A folder cannot be made, or a link stands in its place.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        let store = Self { blobs: folder.join("blobs"), suites: folder.join("suites") };
        for path in [folder, &store.blobs, &store.suites] {
            disk::create_private_dir(path).map_err(|source| StoreError::io(path, source))?;
        }
        Ok(store)
    }

    /// Keeps some bytes; the answer is their digest. Bytes that are there
    /// already, and whole, are left alone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if self.get(&digest, bytes.len() as u64).is_err() {
            let path = self.path(&digest);
            disk::write_private(&path, bytes).map_err(|source| StoreError::io(&path, source))?;
        }
        Ok(digest)
    }

    /// Takes a blob of this digest and size in pieces.
    ///
    /// # Errors
    /// No file can be made.
    pub fn receive(&self, digest: Digest, size: u64) -> Result<Incoming, StoreError> {
        let path = self.path(&digest);
        Incoming::create(path.clone(), digest, size).map_err(|source| StoreError::io(&path, source))
    }

    /// The digests of the blobs with their sizes in bytes, in order. Files with
    /// other names are passed over.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn blobs(&self) -> Result<Vec<(Digest, u64)>, StoreError> {
        let failed = |source| StoreError::io(&self.blobs, source);
        let mut blobs = Vec::new();
        for entry in fs::read_dir(&self.blobs).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let digest = entry.file_name().to_str().map(|hex| format!("sha256:{hex}").parse());
            if let Some(Ok(digest)) = digest {
                blobs.push((digest, entry.metadata().map_err(failed)?.len()));
            }
        }
        blobs.sort();
        Ok(blobs)
    }

    /// Removes what writers that were cut off have left. The caller makes sure
    /// that nobody is writing.
    ///
    /// # Errors
    /// The system says no.
    pub fn sweep(&self) -> Result<(), StoreError> {
        for folder in [&self.blobs, &self.suites] {
            let failed = |source| StoreError::io(folder, source);
            for entry in fs::read_dir(folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.starts_with('.') && name.ends_with(".tmp") {
                    fs::remove_file(&path).map_err(|source| StoreError::io(&path, source))?;
                }
            }
        }
        Ok(())
    }

    /// Removes a blob.
    ///
    /// # Errors
    /// The system says no.
    pub fn remove(&self, digest: &Digest) -> Result<(), StoreError> {
        let path = self.path(digest);
        fs::remove_file(&path).map_err(|source| StoreError::io(&path, source))
    }

    /// Removes a manifest and its signature.
    ///
    /// # Errors
    /// The system says no.
    pub fn remove_suite(&self, digest: &Digest) -> Result<(), StoreError> {
        let (manifest, signature) = self.suite_paths(digest);
        // The manifest first: it is never seen without its signature.
        for path in [manifest, signature] {
            fs::remove_file(&path).map_err(|source| StoreError::io(&path, source))?;
        }
        Ok(())
    }

    /// The bytes of a digest, hashed again on the way.
    ///
    /// # Errors
    /// Nothing is there, it is larger than `max_size` bytes, a link or no file,
    /// or its bytes have another digest.
    pub fn get(&self, digest: &Digest, max_size: u64) -> Result<Vec<u8>, StoreError> {
        read_hashed(&self.path(digest), digest, max_size)
    }

    /// Whether a file for this digest is there; only [`Store::get`] says
    /// whether its bytes are good.
    pub fn contains(&self, digest: &Digest) -> bool {
        fs::symlink_metadata(self.path(digest)).is_ok_and(|metadata| metadata.is_file())
    }

    /// Where the bytes of a digest are.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(digest.hex())
    }

    /// Keeps a manifest and its signature. Nothing is verified here: that is
    /// done on every load, by [`Catalog::resolve`](crate::Catalog::resolve).
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn put_suite(&self, manifest: &[u8], signature: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(manifest);
        let (manifest_path, signature_path) = self.suite_paths(&digest);
        // The signature first: a manifest is never seen without one.
        for (path, bytes) in [(signature_path, signature), (manifest_path, manifest)] {
            disk::write_private(&path, bytes).map_err(|source| StoreError::io(&path, source))?;
        }
        Ok(digest)
    }

    /// The digests of the manifests, in order. Files with other names are
    /// passed over.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn suites(&self) -> Result<Vec<Digest>, StoreError> {
        let failed = |source| StoreError::io(&self.suites, source);
        let mut digests = Vec::new();
        for entry in fs::read_dir(&self.suites).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let hex = name.to_str().and_then(|name| name.strip_suffix(".toml"));
            digests.extend(hex.and_then(|hex| format!("sha256:{hex}").parse::<Digest>().ok()));
        }
        digests.sort();
        Ok(digests)
    }

    /// The bytes of a manifest, hashed again, and of its signature.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn suite(&self, digest: &Digest) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        let (manifest, signature) = self.suite_paths(digest);
        let bytes = read_hashed(&manifest, digest, MAX_MANIFEST_BYTES as u64)?;
        let limit = MAX_SIGNATURE_BYTES as u64;
        let signature = disk::read_regular(&signature, limit)
            .map_err(|source| StoreError::io(&signature, source))?;
        Ok((bytes, signature))
    }

    /// Where a manifest and its signature are.
    pub(crate) fn suite_paths(&self, digest: &Digest) -> (PathBuf, PathBuf) {
        let hex = digest.hex();
        (self.suites.join(format!("{hex}.toml")), self.suites.join(format!("{hex}.toml.minisig")))
    }
}

fn read_hashed(path: &Path, digest: &Digest, limit: u64) -> Result<Vec<u8>, StoreError> {
    let file = || path.display().to_string();
    let bytes = match disk::read_regular(path, limit) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { file: file(), digest: *digest });
        }
        Err(source) => return Err(StoreError::Io { file: file(), source }),
    };
    let found = Digest::of(&bytes);
    if found == *digest { Ok(bytes) } else { Err(StoreError::Changed { file: file(), found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store")).unwrap();
        (folder, store)
    }

    #[test]
    fn bytes_come_back_by_their_digest() {
        let (_folder, store) = store();
        let digest = store.put(b"plugin").unwrap();
        assert_eq!(store.put(b"plugin").unwrap(), digest);
        assert!(store.contains(&digest));
        assert_eq!(store.get(&digest, 6).unwrap(), b"plugin");
        assert_eq!(store.get(&digest, 5).unwrap_err().code(), "store-io");
        let absent = Digest::of(b"other");
        assert!(!store.contains(&absent));
        assert_eq!(store.get(&absent, 9).unwrap_err().code(), "store-missing");
    }

    #[test]
    fn every_flipped_byte_is_noticed_and_a_new_put_mends_it() {
        let (_folder, store) = store();
        let digest = store.put(b"plugin").unwrap();
        for at in 0..6 {
            let mut bytes = b"plugin".to_vec();
            bytes[at] ^= 1;
            fs::write(store.path(&digest), &bytes).unwrap();
            let error = store.get(&digest, 100).unwrap_err();
            assert_eq!(error.code(), "store-changed");
            assert!(error.to_string().contains(&digest.hex()), "{error}");
        }
        store.put(b"plugin").unwrap();
        assert_eq!(store.get(&digest, 100).unwrap(), b"plugin");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_and_folders_are_private() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, store) = store();
        let digest = Digest::of(b"plugin");
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, b"plugin").unwrap();
        symlink(&elsewhere, store.path(&digest)).unwrap();
        assert!(!store.contains(&digest));
        assert_eq!(store.get(&digest, 100).unwrap_err().code(), "store-io");
        // A put replaces the link, and does not write through it.
        store.put(b"plugin").unwrap();
        assert!(store.contains(&digest));

        let mode = fs::metadata(folder.path().join("store")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        symlink(folder.path().join("store"), folder.path().join("link")).unwrap();
        assert!(Store::open(folder.path().join("link")).is_err());
    }
}
