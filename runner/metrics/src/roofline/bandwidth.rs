//! Bandwidth, and what a run moved.

use crate::{Measured, Share, Unmeasured};

/// Bytes of a gigabyte, as memory bandwidth is quoted in.
pub const GB: f64 = 1e9;

/// Bytes of a gibibyte, as memory sizes are quoted in, often under the name GB.
pub const GIB: f64 = (1_u64 << 30) as f64;

/// A bandwidth in bytes per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct BytesPerSecond(pub f64);

impl BytesPerSecond {
    /// From gigabytes (10⁹ bytes) per second.
    pub fn from_gb(gigabytes: f64) -> Self {
        Self(gigabytes * GB)
    }

    /// In gigabytes (10⁹ bytes) per second.
    pub fn as_gb(self) -> f64 {
        self.0 / GB
    }

    /// In gibibytes (2³⁰ bytes) per second.
    pub fn as_gib(self) -> f64 {
        self.0 / GIB
    }

    /// The bandwidth as a number above zero, or why it is none.
    pub(super) fn positive(self) -> Measured<f64> {
        if self.0.is_finite() && self.0 > 0.0 {
            Ok(self.0)
        } else {
            Err(Unmeasured::Other("the memory bandwidth is not known".into()))
        }
    }
}

/// Bytes that making so many tokens took: bytes per token × tokens. `None` on
/// overflow.
pub fn bytes_touched(bytes_per_token: u64, tokens: u64) -> Option<u64> {
    bytes_per_token.checked_mul(tokens)
}

/// Bytes touched ÷ the time they took. It says what the memory gave only where
/// `bytes_per_token` is what a token really reads; see [`super::implausible`].
pub fn effective_bandwidth(bytes_per_token: u64, share: Share) -> Measured<BytesPerSecond> {
    if share.time.0 == 0 {
        return Err(Unmeasured::OutOfOrder);
    }
    let bytes = bytes_touched(bytes_per_token, share.tokens)
        .ok_or_else(|| Unmeasured::Other("the bytes touched are too many to count".into()))?;
    Ok(BytesPerSecond(bytes as f64 / share.time.as_s()))
}

/// Bytes per token ÷ bytes of the model: the share of the model that a token
/// reads. 1 for a dense model at depth 0; above 1 when the context weighs more
/// than the weights that are left out.
pub fn working_set_coverage(bytes_per_token: u64, model_bytes: u64) -> Measured<f64> {
    if model_bytes == 0 {
        return Err(Unmeasured::Other("the size of the model is not known".into()));
    }
    Ok(bytes_per_token as f64 / model_bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nanos;

    #[test]
    fn the_two_units_differ_by_seven_percent() {
        let bandwidth = BytesPerSecond::from_gb(120.0);
        assert_eq!(bandwidth.as_gb(), 120.0);
        assert!((bandwidth.as_gib() - 111.758_7).abs() < 1e-4);
        assert_eq!(bandwidth.positive(), Ok(120e9));
        for unknown in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(BytesPerSecond(unknown).positive().is_err(), "{unknown}");
        }
    }

    #[test]
    fn what_cannot_be_divided_is_not_zero() {
        let share = |time| Share { tokens: 10, time: Nanos(time) };
        assert_eq!(effective_bandwidth(5, share(1_000_000_000)), Ok(BytesPerSecond(50.0)));
        assert_eq!(effective_bandwidth(5, share(0)), Err(Unmeasured::OutOfOrder));
        assert!(effective_bandwidth(u64::MAX, share(1)).is_err());
        assert_eq!(working_set_coverage(1, 4), Ok(0.25));
        assert!(working_set_coverage(1, 0).is_err());
    }
}
