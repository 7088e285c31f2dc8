//! Good signatures at the wrong time.

use tachograph_model::Moment;

/// How far two good clocks may be apart: five minutes.
pub(crate) const SKEW_S: u64 = 300;

/// Why a document is refused although its signatures hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Staleness {
    /// Past its end.
    #[error("it ended at {expires}, and the clock of this machine says {now}")]
    Expired {
        /// When it ended.
        expires: Moment,
        /// The clock.
        now: Moment,
    },
    /// The clock is before something that has happened.
    #[error("the clock of this machine says {now}, and it was {before} already")]
    ClockBack {
        /// The clock.
        now: Moment,
        /// What is known to be past.
        before: Moment,
    },
    /// Older than what was seen.
    #[error("its {what} is {found}, and {lowest} was seen already")]
    Rollback {
        /// `counter` or `epoch`.
        what: &'static str,
        /// Its number.
        found: u64,
        /// The lowest that is accepted.
        lowest: u64,
    },
    /// The number of the one that was seen, and other bytes.
    #[error("another index with the counter {counter} was seen already")]
    Equivocation {
        /// The counter of both.
        counter: u64,
    },
    /// Too far ahead.
    #[error("its counter is {found}, more than {} after {lowest}", crate::channel::MAX_STEP)]
    FastForward {
        /// Its counter.
        found: u64,
        /// The last one that was seen.
        lowest: u64,
    },
}

impl Staleness {
    /// The stable code: `expired`, `clock-back`, `rollback`, `equivocation` or
    /// `fast-forward`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::ClockBack { .. } => "clock-back",
            Self::Rollback { .. } => "rollback",
            Self::Equivocation { .. } => "equivocation",
            Self::FastForward { .. } => "fast-forward",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "ask another mirror, and check the clock of this machine",
            Self::ClockBack { .. } => "set the clock of this machine right",
            Self::Rollback { .. } => "ask another mirror: this one serves what is out of date",
            Self::Equivocation { .. } | Self::FastForward { .. } => {
                "report it: the channel key may be in wrong hands; suites that are here still run"
            }
        }
    }
}
