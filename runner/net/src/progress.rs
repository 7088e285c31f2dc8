//! What a live display may look at while a stream runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Counters of one running exchange. Reading them costs the reader thread nothing.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    reads: AtomicU64,
    done: AtomicBool,
}

impl Progress {
    /// Bytes of body so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Reads so far; roughly the tokens of a stream that sends one event per token.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.load(Relaxed)
    }

    /// Whether the exchange is over.
    #[must_use]
    pub fn done(&self) -> bool {
        self.done.load(Relaxed)
    }

    // One writer only, so plain stores do.
    pub(crate) fn set(&self, bytes: usize, reads: usize) {
        self.bytes.store(bytes as u64, Relaxed);
        self.reads.store(reads as u64, Relaxed);
    }

    pub(crate) fn finish(&self) {
        self.done.store(true, Relaxed);
    }
}
