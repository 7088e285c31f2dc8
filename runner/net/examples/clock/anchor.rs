//! Makes monotonic stamps of two processes comparable.

use std::time::{SystemTime, UNIX_EPOCH};

use tachograph_net::{Clock, Stamp};

/// The wall clock at stamp 0 of this process, in nanoseconds.
///
/// Both clocks tick at the same rate, so that one pair of readings close together is enough; the
/// closest of many pairs is used. A step of the wall clock between the anchors of two processes
/// would shift all their differences; [`Anchor::drift`] sees it.
#[derive(Clone, Copy)]
pub(crate) struct Anchor(u64);

impl Anchor {
    pub(crate) fn take() -> Anchor {
        let mut best = (u64::MAX, 0);
        for _ in 0..1000 {
            let before = Clock::now();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let after = Clock::now();
            let middle = before.0 + after.since(before) / 2;
            best = best.min((after.since(before), wall.as_nanos() as u64 - middle));
        }
        Anchor(best.1)
    }

    /// A stamp of this process in nanoseconds that all processes share.
    pub(crate) fn shared(self, stamp: Stamp) -> u64 {
        self.0 + stamp.0
    }

    /// Nanoseconds by which the wall clock moved against the monotonic one since the anchor.
    pub(crate) fn drift(self) -> u64 {
        Anchor::take().0.abs_diff(self.0)
    }
}
