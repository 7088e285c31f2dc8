//! Tokens and the time they took: the two sums behind every rate.

use std::ops::Add;

use crate::{Nanos, TokensPerSecond};

/// Tokens and the time they took. Shares add up, so that a rate over many
/// requests is Σ tokens ÷ Σ time and not a mean of rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Tokens.
    pub tokens: u64,
    /// The time they took.
    pub time: Nanos,
}

impl Share {
    /// Tokens per second; none when no time passed.
    pub fn rate(self) -> Option<TokensPerSecond> {
        (self.time.0 > 0).then(|| TokensPerSecond(self.tokens as f64 / self.time.as_s()))
    }
}

impl Add for Share {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { tokens: self.tokens + other.tokens, time: Nanos(self.time.0 + other.time.0) }
    }
}
