//! The thread on which every measured byte is read.

use std::sync::Arc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::NetError;

/// A running reader thread. It stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) handle: Handle,
    _running: Arc<oneshot::Sender<()>>,
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
        let (running, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("tacho-reader".to_owned())
            .spawn(move || {
                // The sender is never used, only dropped.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })
            .map_err(start)?;
        Ok(Reader { handle, _running: Arc::new(running) })
    }
}
