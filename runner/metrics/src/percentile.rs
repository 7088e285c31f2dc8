//! Exact percentiles with a rule on how many observations they need.

use crate::{Measured, Unmeasured};

/// A percentile that reports may print, and the least n for which a one-sided
/// 95 % upper bound exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantile {
    /// The median; n of 5.
    P50,
    /// n of 29.
    P90,
    /// n of 59.
    P95,
    /// n of 299.
    P99,
}

impl Quantile {
    /// The percentile as a whole number.
    pub const fn percent(self) -> u8 {
        match self {
            Self::P50 => 50,
            Self::P90 => 90,
            Self::P95 => 95,
            Self::P99 => 99,
        }
    }

    /// The observations that it needs: the least n with qⁿ ≤ 5 %.
    pub const fn needed(self) -> usize {
        match self {
            Self::P50 => 5,
            Self::P90 => 29,
            Self::P95 => 59,
            Self::P99 => 299,
        }
    }
}

/// A percentile of some values by linear interpolation, or the n it needs.
pub fn percentile(values: &[f64], quantile: Quantile) -> Measured<f64> {
    let (n, needed) = (values.len(), quantile.needed());
    if n < needed {
        return Err(Unmeasured::TooFew { percent: quantile.percent(), n, needed });
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_r7(&sorted, f64::from(quantile.percent()) / 100.0).ok_or(Unmeasured::NoSamples)
}

/// The middle value, or the mean of the two middle ones; none of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_r7(&sorted, 0.5)
}

/// The quantile `q` (0 to 1) of sorted values: h = (n − 1)·q, then between the
/// two neighbours of h in proportion (Hyndman and Fan's type 7).
pub fn quantile_r7(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let h = last as f64 * q.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (h - h.floor()) * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R: `quantile(c(15, 20, 35, 40, 50), 0.4)` is 29.
    #[test]
    fn agrees_with_r_type_7() {
        let sorted = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert!((quantile_r7(&sorted, 0.4).unwrap() - 29.0).abs() < 1e-12);
        assert_eq!(quantile_r7(&sorted, 0.0), Some(15.0));
        assert_eq!(quantile_r7(&sorted, 1.0), Some(50.0));
        assert_eq!(quantile_r7(&[], 0.5), None);
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
    }

    #[test]
    fn the_rule_on_n_is_qn_at_most_five_percent() {
        for quantile in [Quantile::P50, Quantile::P90, Quantile::P95, Quantile::P99] {
            let q = f64::from(quantile.percent()) / 100.0;
            let n = quantile.needed() as i32;
            assert!(q.powi(n) <= 0.05 && q.powi(n - 1) > 0.05, "{quantile:?}");
        }
        let few = percentile(&[1.0; 58], Quantile::P95).unwrap_err();
        assert_eq!(few.to_string(), "n = 58; p95 needs 59");
        assert_eq!(percentile(&[1.0; 59], Quantile::P95), Ok(1.0));
    }

    proptest! {
        #[test]
        fn percentiles_lie_inside_and_are_ordered(values in prop::collection::vec(-1e9f64..1e9, 299..400)) {
            let at = |q| percentile(&values, q).unwrap();
            let low = values.iter().copied().fold(f64::MAX, f64::min);
            let high = values.iter().copied().fold(f64::MIN, f64::max);
            prop_assert!(low <= at(Quantile::P50) && at(Quantile::P99) <= high);
            prop_assert!(at(Quantile::P50) <= at(Quantile::P90));
            prop_assert!(at(Quantile::P90) <= at(Quantile::P95));
            prop_assert!(at(Quantile::P95) <= at(Quantile::P99));
        }
    }
}
