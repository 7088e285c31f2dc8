//! Moves the epoch of the engines while a guest runs, and sleeps while none does.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

use wasmtime::Engine;

use crate::limits::TICK;

/// The thread that interrupts guests.
///
/// It is parked while no guest runs, so that it never wakes the machine during a measurement. It
/// ends when the last owner of the ticker is gone.
pub(crate) struct Ticker {
    running: AtomicUsize,
    thread: OnceLock<Thread>,
}

impl Ticker {
    pub(crate) fn start(engines: Vec<Engine>) -> io::Result<Arc<Ticker>> {
        let ticker = Arc::new(Ticker { running: AtomicUsize::new(0), thread: OnceLock::new() });
        let weak = Arc::downgrade(&ticker);
        let handle = thread::Builder::new().name("guest-ticker".to_owned()).spawn(move || {
            while let Some(ticker) = weak.upgrade() {
                let idle = ticker.running.load(Ordering::Acquire) == 0;
                drop(ticker);
                if idle {
                    thread::park();
                } else {
                    thread::sleep(TICK);
                    engines.iter().for_each(Engine::increment_epoch);
                }
            }
        })?;
        // The only writer; a second value cannot exist.
        let _ = ticker.thread.set(handle.thread().clone());
        Ok(ticker)
    }

    /// A guest begins to run.
    pub(crate) fn enter(&self) {
        if self.running.fetch_add(1, Ordering::AcqRel) == 0 {
            self.unpark();
        }
    }

    /// A guest stops running.
    pub(crate) fn leave(&self) {
        self.running.fetch_sub(1, Ordering::AcqRel);
    }

    fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_ends_with_its_last_owner() {
        let ticker = Ticker::start(Vec::new()).unwrap();
        let weak = Arc::downgrade(&ticker);
        ticker.enter();
        ticker.leave();
        drop(ticker);
        for _ in 0..200 {
            if weak.strong_count() == 0 {
                return;
            }
            thread::sleep(TICK);
        }
        panic!("the ticker is still owned");
    }
}
