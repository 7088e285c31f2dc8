//! Marks that a connection leaves on the request that opened it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::{Clock, Stamp};

tokio::task_local! {
    /// The marks of the request that is being sent. The connector and the resolver run inside
    /// the sending future, so what they find here is the request they work for.
    pub(crate) static MARKS: Arc<Marks>;
}

/// Written by connector, resolver and request body; read by the request. 0 is "not yet".
#[derive(Debug, Default)]
pub(crate) struct Marks {
    in_progress: AtomicBool,
    connect_start: AtomicU64,
    connect_end: AtomicU64,
    dns_ns: AtomicU64,
    written: AtomicU64,
    local: Mutex<Option<SocketAddr>>,
}

impl Marks {
    /// Marks the start of a connect; its end, however it comes, is when the guard is dropped.
    pub(crate) fn connect_started(self: &Arc<Self>) -> InProgress {
        self.connect_start.store(now(), Relaxed);
        self.in_progress.store(true, Relaxed);
        InProgress(Arc::clone(self))
    }

    /// Whether a connect that this request began still runs, be it in the background.
    pub(crate) fn in_progress(&self) -> bool {
        self.in_progress.load(Relaxed)
    }

    pub(crate) fn connect_ended(&self, local: Option<SocketAddr>) {
        self.connect_end.store(now(), Relaxed);
        *self.local.lock().unwrap_or_else(PoisonError::into_inner) = local;
    }

    pub(crate) fn resolved(&self, nanos: u64) {
        self.dns_ns.store(nanos.max(1), Relaxed);
    }

    pub(crate) fn wrote(&self) {
        self.written.store(now(), Relaxed);
    }

    /// Whether a connection of its own is still being made.
    pub(crate) fn connecting(&self) -> bool {
        self.connect_start.load(Relaxed) != 0
            && self.connect_end.load(Relaxed) == 0
            && self.written.load(Relaxed) == 0
    }

    /// Whether `local` is the connection that this request opened.
    pub(crate) fn opened(&self, local: Option<SocketAddr>) -> bool {
        let own = *self.local.lock().unwrap_or_else(PoisonError::into_inner);
        self.connect_end.load(Relaxed) != 0 && own == local
    }

    pub(crate) fn dns_ns(&self) -> Option<u64> {
        Some(self.dns_ns.load(Relaxed)).filter(|nanos| *nanos != 0)
    }

    /// TCP and TLS, without the name lookup.
    pub(crate) fn connect_ns(&self) -> Option<u64> {
        let (start, end) = (self.connect_start.load(Relaxed), self.connect_end.load(Relaxed));
        let whole = end.saturating_sub(start);
        (end != 0).then(|| whole.saturating_sub(self.dns_ns.load(Relaxed)))
    }

    pub(crate) fn written(&self) -> Option<Stamp> {
        Some(self.written.load(Relaxed)).filter(|nanos| *nanos != 0).map(Stamp)
    }
}

/// A connect that has not ended yet.
#[derive(Debug)]
pub(crate) struct InProgress(Arc<Marks>);

impl InProgress {
    pub(crate) fn marks(&self) -> &Marks {
        &self.0
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.in_progress.store(false, Relaxed);
    }
}

fn now() -> u64 {
    Clock::now().0.max(1)
}
