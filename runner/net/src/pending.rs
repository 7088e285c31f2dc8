//! A request on its way.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::reader::Reader;
use crate::record::Record;
use crate::{Clock, Exchange, Head, NetError, Progress, Secret, Stamp, WireCode, WireError};

/// The caller's end of a running exchange. Dropping it cancels the exchange.
#[derive(Debug)]
pub struct Pending {
    scheduled: Stamp,
    head: Option<Head>,
    announced: oneshot::Receiver<Head>,
    finished: oneshot::Receiver<Exchange>,
    early: Option<Exchange>,
    cancel: Option<oneshot::Sender<()>>,
    progress: Arc<Progress>,
    secret: Option<Secret>,
    // Keeps the thread alive for as long as anyone waits for it.
    _reader: Reader,
}

/// The reader thread's ends of the channels of a [`Pending`].
pub(crate) struct Ends {
    pub(crate) head: oneshot::Sender<Head>,
    pub(crate) finished: oneshot::Sender<Exchange>,
    pub(crate) cancelled: oneshot::Receiver<()>,
}

impl Pending {
    pub(crate) fn new(reader: Reader, scheduled: Stamp, secret: Option<Secret>) -> (Pending, Ends) {
        let (head, announced) = oneshot::channel();
        let (finished_tx, finished) = oneshot::channel();
        let (cancel, cancelled) = oneshot::channel();
        let pending = Pending {
            scheduled,
            head: None,
            announced,
            finished,
            early: None,
            cancel: Some(cancel),
            progress: Arc::default(),
            secret,
            _reader: reader,
        };
        (pending, Ends { head, finished: finished_tx, cancelled })
    }

    /// Waits for status and headers.
    ///
    /// # Errors
    /// The error of the exchange, if it failed before its headers came. [`Pending::finish`] then
    /// still gives the exchange.
    pub async fn head(&mut self) -> Result<&Head, NetError> {
        if self.head.is_none() {
            if let Ok(mut head) = (&mut self.announced).await {
                self.scrub_head(&mut head);
                self.head = Some(head);
            } else if self.early.is_none() {
                self.early = Some(self.received().await);
            }
        }
        match &self.head {
            Some(head) => Ok(head),
            None => {
                let error = self.early.as_ref().and_then(|exchange| exchange.error.clone());
                Err(NetError::Wire(error.unwrap_or_else(stopped)))
            }
        }
    }

    /// Waits for the end of the exchange, however it ends.
    ///
    /// An echo of the endpoint's secret in headers, body or error is overwritten with `*`.
    pub async fn finish(mut self) -> Exchange {
        match self.early.take() {
            Some(exchange) => exchange,
            None => self.received().await,
        }
    }

    /// Ends the exchange now; what had arrived is kept, with the error `cancelled`.
    ///
    /// An exchange that was already over stays as it is.
    pub async fn cancel(mut self) -> Exchange {
        if let Some(cancel) = self.cancel.take() {
            // A task that has already ended no longer listens.
            let _ = cancel.send(());
        }
        self.finish().await
    }

    /// Waits for the end of the exchange, or ends it as [`Pending::cancel`] when `stop` is ready.
    pub async fn finish_unless(mut self, stop: impl Future<Output = ()>) -> Exchange {
        if self.early.is_some() {
            return self.finish().await;
        }
        tokio::select! {
            exchange = self.received() => return exchange,
            () = stop => {}
        }
        self.cancel().await
    }

    /// Counters for a live display.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    async fn received(&mut self) -> Exchange {
        let mut exchange = match (&mut self.finished).await {
            Ok(exchange) => exchange,
            Err(_) => Record::new(self.scheduled, Clock::now()).finish(Some(stopped())),
        };
        // Off the reader thread, so that no other stream's stamp waits for it.
        if let Some(secret) = &self.secret {
            secret.scrub(&mut exchange.body);
            if let Some(error) = &mut exchange.error {
                secret.scrub_text(&mut error.message);
            }
        }
        if let Some(head) = &mut exchange.head {
            self.scrub_head(head);
        }
        exchange
    }

    fn scrub_head(&self, head: &mut Head) {
        if let Some(secret) = &self.secret {
            head.headers.iter_mut().for_each(|(_, value)| secret.scrub_text(value));
        }
    }
}

fn stopped() -> WireError {
    WireError::new(WireCode::Cancelled, "the reader thread stopped")
}
