//! A blob on its way into the store: hashed while it is written, named last.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
};

use tachograph_model::{Digest, Hasher};

use crate::{TrustError, disk};

/// Bytes that become a blob of the [`Store`](crate::Store) once they are the
/// announced ones. Dropped before that, they leave nothing behind.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    hasher: Hasher,
    expected: Digest,
    size: u64,
    written: u64,
}

impl Incoming {
    pub(crate) fn create(path: PathBuf, expected: Digest, size: u64) -> io::Result<Self> {
        let temporary = disk::temporary_beside(&path)?;
        let mut options = OpenOptions::new();
        // Fails where something stands already, a link too.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary)?;
        let hasher = Hasher::default();
        Ok(Self { file, temporary, path, hasher, expected, size, written: 0 })
    }

    /// Adds some bytes.
    ///
    /// # Errors
    /// There are more than were announced, or they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), TrustError> {
        let written = self.written + bytes.len() as u64;
        if written > self.size {
            return Err(self.other_size(written));
        }
        self.hasher.update(bytes);
        self.written = written;
        self.file.write_all(bytes).map_err(|source| TrustError::io(&self.temporary, source))
    }

    /// Gives the blob its name, once it is on disk.
    ///
    /// # Errors
    /// There are fewer bytes than were announced, or others.
    pub fn finish(self) -> Result<(), TrustError> {
        if self.written != self.size {
            return Err(self.other_size(self.written));
        }
        let found = self.hasher.digest();
        if found != self.expected {
            let file = self.path.display().to_string();
            return Err(TrustError::Digest { file, expected: self.expected, found });
        }
        let failed = |source| TrustError::io(&self.path, source);
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.temporary, &self.path).map_err(failed)?;
        disk::sync_folder(disk::folder_of(&self.path)).map_err(failed)
    }

    fn other_size(&self, found: u64) -> TrustError {
        TrustError::Size { file: self.path.display().to_string(), expected: self.size, found }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Renamed away when all went well.
        let _ = fs::remove_file(&self.temporary);
    }
}
