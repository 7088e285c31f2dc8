//! Reading numbers and texts under a budget.

use std::io::{BufReader, Read, Seek};

use crate::error::Fault;

/// The longest header. Vocabularies make headers of some 10 MiB.
pub(crate) const HEADER_BYTES: u64 = 256 << 20;
/// The longest text that is skipped. Chat templates are the longest real ones.
const TEXT_BYTES: u64 = 16 << 20;
/// The longest text that is kept.
const KEPT_BYTES: u64 = 64 << 10;

/// A reader that knows where it is and how much there can be.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    inner: BufReader<R>,
    at: u64,
    size: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub(crate) fn new(mut inner: R) -> Result<Reader<R>, Fault> {
        let size = inner.seek(std::io::SeekFrom::End(0))?;
        inner.rewind()?;
        Ok(Reader { inner: BufReader::with_capacity(64 << 10, inner), at: 0, size })
    }

    /// Bytes read and skipped so far.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Bytes in the file.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Counts bytes that are about to be read or skipped.
    fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        let needed = self.at.saturating_add(bytes);
        if needed > self.size {
            return Err(Fault::Truncated { needed, size: self.size });
        }
        self.at = Fault::bound("a header in bytes", needed, HEADER_BYTES)?;
        Ok(())
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N as u64)?;
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.take(bytes)?;
        // The budget keeps the number far below `i64::MAX`.
        Ok(self.inner.seek_relative(bytes as i64)?)
    }

    /// A text of at most `limit` bytes, which are read only once the length is checked.
    pub(crate) fn text(&mut self, what: &'static str, limit: u64) -> Result<String, Fault> {
        let len = self.u64()?;
        Fault::bound(what, len, limit)?;
        self.take(len)?;
        let mut bytes = vec![0; len as usize];
        self.inner.read_exact(&mut bytes)?;
        String::from_utf8(bytes).or_else(|_| Fault::malformed(format!("{what} is not UTF-8")))
    }

    /// The beginning of a text that may be long.
    pub(crate) fn long_text(&mut self) -> Result<String, Fault> {
        let len = Fault::bound("a text in bytes", self.u64()?, TEXT_BYTES)?;
        let kept = len.min(KEPT_BYTES);
        self.take(kept)?;
        let mut bytes = vec![0; kept as usize];
        self.inner.read_exact(&mut bytes)?;
        self.skip(len - kept)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) fn skip_text(&mut self) -> Result<(), Fault> {
        let len = Fault::bound("a text in bytes", self.u64()?, TEXT_BYTES)?;
        self.skip(len)
    }
}
