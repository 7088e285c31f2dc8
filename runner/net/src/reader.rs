//! The thread on which every measured byte is read.

use std::future::Future;
use std::pin::Pin;

use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{Clock, NetError, Stamp};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A running reader thread. It stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) handle: Handle,
    departures: UnboundedSender<Work>,
}

impl Reader {
    /// Starts a single-threaded runtime on a thread of its own.
    ///
    /// One thread, because a stamp must not wait for another core to wake up, and because the
    /// connection's task and the stream's task then hand over without one.
    pub(crate) fn start() -> Result<Reader, NetError> {
        let start = |error: std::io::Error| NetError::Start { reason: error.to_string() };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(start)?;
        let handle = runtime.handle().clone();
        let (departures, waiting) = unbounded_channel();
        std::thread::Builder::new()
            .name("tacho-reader".to_owned())
            .spawn(move || {
                runtime.block_on(depart(waiting));
                runtime.shutdown_background();
            })
            .map_err(start)?;
        Ok(Reader { handle, departures })
    }

    /// Starts `work`, which sends a request, when the clock reaches `due`.
    pub(crate) fn send(&self, due: Stamp, work: impl Future<Output = ()> + Send + 'static) {
        let work: Work = Box::pin(work);
        if due <= Clock::now() {
            // Received for as long as a reader exists.
            let _ = self.departures.send(work);
            return;
        }
        // Weak, so that a request that is far off does not keep the thread alive.
        let departures = self.departures.downgrade();
        self.handle.spawn(async move {
            tokio::time::sleep_until(Clock::instant(due).into()).await;
            if let Some(departures) = departures.upgrade() {
                let _ = departures.send(work);
            }
        });
    }
}

/// Lets one request leave at a time.
///
/// Between two, everything that is ready runs, and so the first is on the wire before the second
/// is begun. In a burst of many the wait is then before a request's `started` stamp, where it is
/// seen as lateness, and not behind it, where it would be taken for the server's.
async fn depart(mut waiting: UnboundedReceiver<Work>) {
    while let Some(work) = waiting.recv().await {
        tokio::spawn(work);
        tokio::task::yield_now().await;
    }
}
