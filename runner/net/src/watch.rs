//! Deadlines and cancellation of one exchange, at no cost to a read.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::marks::Marks;
use crate::{Clock, Limits, Stamp, WireCode, WireError};

/// What the exchange is waiting for, which decides the deadline.
#[derive(Clone, Copy)]
pub(crate) enum Waiting {
    /// Headers, or the first byte of the body.
    FirstByte,
    /// More of the body; the stamp is the one of the last read.
    More(Stamp),
}

/// One timer for all deadlines. It is looked at only when there is nothing to read, and moved
/// only when it fires: a read that pushes the idle deadline away touches nothing.
pub(crate) struct Watch {
    limits: Limits,
    started: Stamp,
    timer: Pin<Box<Sleep>>,
    cancelled: oneshot::Receiver<()>,
    streaming: bool,
}

impl Watch {
    pub(crate) fn new(limits: Limits, started: Stamp, cancelled: oneshot::Receiver<()>) -> Watch {
        let first = limits.connect.min(limits.first_byte).min(limits.total);
        let timer = Box::pin(sleep_until(instant(started.after(first))));
        Watch { limits, started, timer, cancelled, streaming: false }
    }

    /// Ready with the reason to stop; pending, and registered to be woken, otherwise.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        waiting: Waiting,
        marks: &Marks,
    ) -> Poll<WireError> {
        if Pin::new(&mut self.cancelled).poll(cx).is_ready() {
            return Poll::Ready(WireError::new(WireCode::Cancelled, "the caller ended it"));
        }
        if let Waiting::More(_) = waiting
            && !self.streaming
        {
            // From now on the idle deadline counts, which may be nearer than the armed one.
            self.streaming = true;
            let (deadline, _) = self.deadline(waiting, marks);
            self.timer.as_mut().reset(instant(deadline));
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let (deadline, code) = self.deadline(waiting, marks);
            if Clock::now() >= deadline {
                return Poll::Ready(self.timeout(code));
            }
            self.timer.as_mut().reset(instant(deadline));
        }
        Poll::Pending
    }

    fn deadline(&self, waiting: Waiting, marks: &Marks) -> (Stamp, WireCode) {
        let Limits { connect, first_byte, idle, total, .. } = self.limits;
        let near = match waiting {
            Waiting::FirstByte if marks.connecting() && connect < first_byte => {
                (self.started.after(connect), WireCode::TimeoutConnect)
            }
            Waiting::FirstByte => (self.started.after(first_byte), WireCode::TimeoutFirstByte),
            Waiting::More(last) => (last.after(idle), WireCode::TimeoutIdle),
        };
        let whole = (self.started.after(total), WireCode::TimeoutTotal);
        if whole.0 <= near.0 { whole } else { near }
    }

    fn timeout(&self, code: WireCode) -> WireError {
        let (what, limit) = match code {
            WireCode::TimeoutConnect => ("no connection", self.limits.connect),
            WireCode::TimeoutFirstByte => ("no first byte of the answer", self.limits.first_byte),
            WireCode::TimeoutIdle => ("no more bytes of the answer", self.limits.idle),
            _ => ("the answer was not complete", self.limits.total),
        };
        WireError::new(code, format!("{what} within {limit:?}"))
    }
}

fn instant(stamp: Stamp) -> Instant {
    Instant::from_std(Clock::instant(stamp))
}
