//! Writing a tape: append, and never look back.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use tachograph_model::Digest;

use crate::{
    Kind, Record, TapeError,
    budget::Budget,
    format::{self, Link, MAX_PAYLOAD},
};

/// Appends records to a new tape.
///
/// Each record goes to the operating system in one write, so that a killed
/// process leaves whole records behind. [`TapeWriter::finish`] puts them on disk.
pub struct TapeWriter {
    file: File,
    path: PathBuf,
    link: Link,
    packer: zstd::bulk::Compressor<'static>,
    budget: Budget,
    bytes: u64,
    /// A record was written in part: nothing may follow it.
    torn: bool,
}

impl TapeWriter {
    /// Creates a tape; a file of that name must not exist.
    ///
    /// # Errors
    /// [`TapeError::Io`] when the file cannot be created or written.
    pub fn create(path: &Path) -> Result<Self, TapeError> {
        let io = |action| move |source| TapeError::Io { action, file: path.to_owned(), source };
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(path).map_err(io("create"))?;
        file.write_all(&format::header()).map_err(io("write"))?;
        let packer = zstd::bulk::Compressor::new(3).map_err(io("create"))?;
        let bytes = format::HEADER_LEN as u64;
        Ok(Self {
            file,
            path: path.to_owned(),
            link: format::first_link(),
            packer,
            budget: Budget::new(),
            bytes,
            torn: false,
        })
    }

    /// Appends one record.
    ///
    /// # Errors
    /// [`TapeError::TooLarge`] for a record above the cap of the format,
    /// [`TapeError::TooMuchMemory`] for one that a reader would refuse, and
    /// [`TapeError::Io`] when the disk refuses it.
    pub fn append(&mut self, record: &Record) -> Result<(), TapeError> {
        let payload = record.payload();
        let too_large =
            |size: usize| TapeError::TooLarge { size: size as u64, limit: MAX_PAYLOAD as u64 };
        if payload.len() > MAX_PAYLOAD {
            return Err(too_large(payload.len()));
        }
        let packed = self.packer.compress(&payload).map_err(|source| self.io("write", source))?;
        let len = u32::try_from(packed.len()).map_err(|_| too_large(packed.len()))?;
        // What no reader would take is not written.
        let mut budget = self.budget.clone();
        budget.earn(packed.len());
        record.pay(&mut budget).map_err(|_| TapeError::TooMuchMemory)?;
        let mut bytes = Vec::with_capacity(format::PREFIX_LEN + packed.len() + format::LINK_LEN);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.push(record.kind.code());
        bytes.extend_from_slice(&packed);
        let link = format::next_link(&self.link, &bytes[..format::PREFIX_LEN], &packed);
        bytes.extend_from_slice(&link);
        if self.torn {
            let source = std::io::Error::other("an earlier record could not be written whole");
            return Err(self.io("write", source));
        }
        self.torn = true;
        self.file.write_all(&bytes).map_err(|source| self.io("write", source))?;
        self.torn = false;
        self.link = link;
        self.budget = budget;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Closes the tape with an end record, syncs it, and returns its digest.
    ///
    /// # Errors
    /// As [`TapeWriter::append`].
    pub fn finish(mut self) -> Result<Digest, TapeError> {
        self.append(&Record::new(Kind::End, serde_json::json!({})))?;
        self.file.sync_all().map_err(|source| self.io("sync", source))?;
        Ok(Digest::from_bytes(self.link))
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn io(&self, action: &'static str, source: std::io::Error) -> TapeError {
        TapeError::Io { action, file: self.path.clone(), source }
    }
}
