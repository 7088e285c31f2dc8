//! The one clock of a run.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

static ORIGIN: OnceLock<Instant> = OnceLock::new();

/// Monotonic nanoseconds since the process's clock origin.
///
/// Stamps of one process are comparable with each other and with nothing else: the origin is the
/// moment at which the process first asked for the time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Nanoseconds from `earlier` to this stamp; 0 if `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Stamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The stamp `duration` after this one.
    #[must_use]
    pub fn after(self, duration: Duration) -> Stamp {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Stamp(self.0.saturating_add(nanos))
    }
}

/// The process's monotonic clock (`CLOCK_MONOTONIC` on Linux).
#[derive(Clone, Copy, Debug)]
pub struct Clock;

impl Clock {
    /// Reads the clock. The first call of a process sets the origin and returns 0.
    #[must_use]
    pub fn now() -> Stamp {
        let origin = ORIGIN.get_or_init(Instant::now);
        Stamp(u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// The `std` instant of a stamp, for timers. Stamps a year ahead or more become one year.
    #[must_use]
    pub fn instant(stamp: Stamp) -> Instant {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
        let origin = *ORIGIN.get_or_init(Instant::now);
        origin + Duration::from_nanos(stamp.0).min(origin.elapsed() + YEAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_never_go_back() {
        let stamps: Vec<Stamp> = (0..1000).map(|_| Clock::now()).collect();
        assert!(stamps.is_sorted());
    }

    #[test]
    fn a_stamp_is_a_bare_number() {
        assert_eq!(serde_json::to_string(&Stamp(7)).unwrap(), "7");
    }

    #[test]
    fn a_far_stamp_still_has_an_instant() {
        assert!(Clock::instant(Stamp(u64::MAX)) > Instant::now() + Duration::from_secs(3600));
    }
}
