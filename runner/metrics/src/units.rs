//! Units as types.

/// A duration in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub u64);

impl Nanos {
    /// From `start` to `end`; none when the end lies before the start.
    pub fn between(start: u64, end: u64) -> Option<Self> {
        end.checked_sub(start).map(Self)
    }

    /// The same duration in milliseconds.
    pub fn as_ms(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The same duration in seconds.
    pub fn as_s(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

/// A rate in tokens per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct TokensPerSecond(pub f64);
