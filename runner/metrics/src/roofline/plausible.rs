//! Rates above the roof.

use tachograph_model::Flag;

use super::{BytesPerSecond, TokenBytes};
use crate::TokensPerSecond;

/// How far above the roof a rate may lie before it is doubted: a measured
/// bandwidth is good to about a tenth.
pub const ROOF_TOLERANCE: f64 = 1.1;

/// A decode rate and what it was reached with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Tokens per second, of all streams together.
    pub rate: TokensPerSecond,
    /// Streams that a pass can serve at once; 1 for one request at a time.
    pub streams: u32,
    /// The most tokens that a pass gives to a stream: 1, or drafted tokens + 1
    /// with speculative decoding. `None` when it is not known whether the
    /// backend speculates.
    pub tokens_per_pass: Option<f64>,
    /// Cache between the processor and this memory, bytes. What stays in it
    /// need not be read again. `None` when not known.
    pub cache_bytes: Option<u64>,
}

/// The flag `implausible` when a rate is above what the memory allows: more
/// than [`ROOF_TOLERANCE`] × bandwidth ÷ bytes that must come from it.
///
/// The bytes are the least they can be, so that an honest rate is never
/// flagged: the least weights, no KV cache, and as much of it as fits kept in
/// the processor's cache. A model that fits the cache has no roof here, and
/// with unknown speculation nothing is said.
pub fn implausible(claim: &Claim, bandwidth: BytesPerSecond, bytes: &TokenBytes) -> Option<Flag> {
    let tokens = claim.tokens_per_pass? * f64::from(claim.streams);
    let must_come = bytes.least_weights.saturating_sub(claim.cache_bytes.unwrap_or(0));
    if must_come == 0 {
        return None;
    }
    let roof = bandwidth.positive().ok()? / must_come as f64 * tokens;
    if claim.rate.0 <= roof * ROOF_TOLERANCE {
        return None;
    }
    let (rate, gb) = (claim.rate.0, bandwidth.as_gb());
    let needed = rate * must_come as f64 / tokens / super::GB;
    Some(Flag::new(
        "implausible",
        format!(
            "{rate:.1} tok/s would take {needed:.1} GB/s of memory, which gives {gb:.1} GB/s: \
             at most {roof:.1} tok/s"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(rate: f64) -> Claim {
        Claim {
            rate: TokensPerSecond(rate),
            streams: 1,
            tokens_per_pass: Some(1.0),
            cache_bytes: Some(0),
        }
    }

    /// 100 GB/s and 1 GB a token: 100 tokens per second, 110 with tolerance.
    #[test]
    fn only_what_the_memory_cannot_give_is_flagged() {
        let bandwidth = BytesPerSecond::from_gb(100.0);
        let dense = TokenBytes::dense(1_000_000_000);
        let flagged = |claim: &Claim| implausible(claim, bandwidth, &dense).is_some();
        assert!(!flagged(&claim(100.0)) && !flagged(&claim(109.0)) && flagged(&claim(111.0)));
        let flag = implausible(&claim(200.0), bandwidth, &dense).unwrap();
        assert_eq!(flag.code, "implausible");
        assert_eq!(
            flag.message,
            "200.0 tok/s would take 200.0 GB/s of memory, which gives 100.0 GB/s: \
             at most 100.0 tok/s"
        );
        assert!(!flagged(&Claim { streams: 4, ..claim(400.0) }), "one pass serves four");
        assert!(!flagged(&Claim { tokens_per_pass: Some(5.0), ..claim(500.0) }));
        assert!(!flagged(&Claim { tokens_per_pass: None, ..claim(500.0) }), "may speculate");
    }

    #[test]
    fn what_may_stay_in_cache_need_not_be_read() {
        let bandwidth = BytesPerSecond::from_gb(100.0);
        let flagged = |rate, cache| {
            let claim = Claim { cache_bytes: cache, ..claim(rate) };
            implausible(&claim, bandwidth, &TokenBytes::dense(100_000_000)).is_some()
        };
        assert!(flagged(1500.0, None));
        assert!(!flagged(1500.0, Some(50_000_000)), "half of it may stay in cache");
        assert!(flagged(2500.0, Some(50_000_000)));
        assert!(!flagged(1e9, Some(100_000_000)), "all of it fits: no roof");
    }

    #[test]
    fn the_least_weights_count_and_an_unknown_bandwidth_says_nothing() {
        let mixture = TokenBytes { least_weights: 100, ..TokenBytes::dense(1000) };
        assert_eq!(implausible(&claim(8.0), BytesPerSecond(1000.0), &mixture), None);
        assert!(implausible(&claim(12.0), BytesPerSecond(1000.0), &mixture).is_some());
        assert_eq!(implausible(&claim(1e12), BytesPerSecond(0.0), &mixture), None);
        let unknown = TokenBytes::dense(0);
        assert_eq!(implausible(&claim(1e12), BytesPerSecond(1.0), &unknown), None);
    }
}
