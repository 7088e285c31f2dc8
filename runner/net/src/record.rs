//! The exchange while it is being written.

use bytes::Bytes;

use crate::{Clock, Exchange, Head, Progress, Read, Stamp, Timing, WireCode, WireError};

/// Bytes that one read may gather.
const READ_BYTES: usize = 64 << 10;
/// Nanoseconds that one read may gather for: the most by which a stamp can be early.
const READ_NANOS: u64 = 50_000;

pub(crate) struct Record {
    pub(crate) timing: Timing,
    pub(crate) head: Option<Head>,
    reads: Vec<Read>,
    body: Vec<u8>,
    /// Whether the next bytes may still belong to the last read.
    open: bool,
}

impl Record {
    pub(crate) fn new(scheduled: Stamp, started: Stamp) -> Record {
        let timing = Timing {
            scheduled,
            started,
            dns_ns: None,
            connect_ns: None,
            reused: None,
            written: None,
            headers: None,
            first_byte: None,
            last_byte: None,
            end: started,
            http_version: None,
        };
        Record { timing, head: None, reads: Vec::new(), body: Vec::new(), open: false }
    }

    /// Takes bytes that just became ready.
    pub(crate) fn take(
        &mut self,
        data: &Bytes,
        max_body: usize,
        progress: &Progress,
    ) -> Result<(), WireError> {
        let now = Clock::now();
        let room = max_body - self.body.len();
        let mut kept = &data[..data.len().min(room)];
        self.body.extend_from_slice(kept);
        if self.open
            && let Some(last) = self.reads.last_mut()
            && last.len as usize + kept.len() <= READ_BYTES
            && now.since(last.at) <= READ_NANOS
        {
            last.len += kept.len() as u32;
            kept = &[];
        }
        // A frame larger than one read holds (HTTP/2 can) is several reads of one stamp.
        for part in kept.chunks(READ_BYTES) {
            self.reads.push(Read { at: now, len: part.len() as u32 });
        }
        self.open = true;
        progress.set(self.body.len(), self.reads.len());
        if data.len() > room {
            let message = format!("the body is larger than the limit of {max_body} bytes");
            return Err(WireError::new(WireCode::BodyTooLarge, message));
        }
        Ok(())
    }

    /// Nothing more is ready: what comes next is a new read.
    pub(crate) fn close_read(&mut self) {
        self.open = false;
    }

    /// When the last bytes came.
    pub(crate) fn last_read(&self) -> Option<Stamp> {
        self.reads.last().map(|read| read.at)
    }

    pub(crate) fn finish(mut self, error: Option<WireError>) -> Exchange {
        self.timing.end = Clock::now();
        self.timing.first_byte = self.reads.first().map(|read| read.at);
        self.timing.last_byte = self.last_read();
        let Record { timing, head, reads, body, .. } = self;
        Exchange { timing, head, reads, body, error }
    }
}
