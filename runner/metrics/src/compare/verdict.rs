//! From an interval to a word.

use serde::Serialize;

use super::{Direction, RatioInterval, Rule};
use crate::bootstrap::TRIALS_NEEDED;

/// What a ratio means in practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is better by more than the band.
    Faster,
    /// The whole interval is worse by more than the band.
    Slower,
    /// The whole interval lies inside the band.
    Equivalent,
    /// Neither; or there is no interval.
    Unclear,
}

/// The verdict on the interval of B ÷ A. A range of fewer than five trials
/// proves nothing, so it is always unclear.
pub fn judge(interval: Option<&RatioInterval>, rule: Rule) -> Verdict {
    let Some(interval) = interval.filter(|interval| interval.is_sound()) else {
        return Verdict::Unclear;
    };
    let edge = 1.0 + rule.band;
    // Above 1 is better from here on.
    let (low, high) = match rule.direction {
        Direction::Higher => (interval.low, interval.high),
        Direction::Lower => (1.0 / interval.high, 1.0 / interval.low),
    };
    if low >= edge {
        Verdict::Faster
    } else if high <= 1.0 / edge {
        Verdict::Slower
    } else if low > 1.0 / edge && high < edge {
        Verdict::Equivalent
    } else {
        Verdict::Unclear
    }
}

/// The most trials that are worth naming.
const MOST: f64 = 200.0;

/// About how many more trials in each run would make an unclear figure clear.
///
/// The width of an interval shrinks with √n: it must become narrower than the
/// way from the ratio to the nearest edge of the band. None when that takes
/// more than 200 trials, because then the difference is the band itself.
pub fn more_trials(
    ratio: f64,
    interval: Option<&RatioInterval>,
    rule: Rule,
    trials: usize,
) -> Option<u32> {
    let Some(interval) = interval.filter(|interval| interval.is_sound()) else {
        let missing = TRIALS_NEEDED.saturating_sub(trials);
        return u32::try_from(missing).ok().filter(|&missing| missing > 0);
    };
    let way = (ratio.ln().abs() - rule.band.ln_1p()).abs();
    let half = (interval.high.ln() - interval.low.ln()) / 2.0;
    let needed = (trials as f64 * (half / way).powi(2)).ceil();
    if !needed.is_finite() || needed > MOST {
        return None;
    }
    Some((needed as u32).saturating_sub(u32::try_from(trials).ok()?).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::rule;

    fn interval(low: f64, high: f64) -> RatioInterval {
        RatioInterval { low, high, method: "bootstrap-95" }
    }

    #[test]
    fn the_whole_interval_decides() {
        let rate = rule("decode_tps", "tok/s").unwrap();
        let of = |low, high| judge(Some(&interval(low, high)), rate);
        assert_eq!(of(1.04, 1.20), Verdict::Faster);
        assert_eq!(of(0.88, 0.92), Verdict::Slower);
        assert_eq!(of(0.98, 1.02), Verdict::Equivalent);
        assert_eq!(of(1.01, 1.02), Verdict::Equivalent, "certain, but nobody notices");
        assert_eq!(of(0.95, 1.02), Verdict::Unclear);
        assert_eq!(of(1.02, 1.08), Verdict::Unclear);
        assert_eq!(of(0.5, 2.0), Verdict::Unclear);
        assert_eq!(judge(None, rate), Verdict::Unclear);
        let range = RatioInterval { low: 2.0, high: 3.0, method: "range" };
        assert_eq!(judge(Some(&range), rate), Verdict::Unclear, "three trials prove nothing");
    }

    #[test]
    fn less_time_is_faster() {
        let time = rule("ttft_ms", "ms").unwrap();
        assert_eq!(judge(Some(&interval(0.5, 0.6)), time), Verdict::Faster);
        assert_eq!(judge(Some(&interval(1.06, 1.2)), time), Verdict::Slower);
        assert_eq!(judge(Some(&interval(1.03, 1.2)), time), Verdict::Unclear);
    }

    /// A half width of 4 % with 5 trials; the ratio is 1, so 3 % away from the
    /// edge: 5 · (4/3)² = 8.9, that is 9 trials, 4 more.
    #[test]
    fn the_width_shrinks_with_the_root_of_the_trials() {
        let rate = rule("decode_tps", "tok/s").unwrap();
        let wide = interval(1.03f64.powf(-4.0 / 3.0), 1.03f64.powf(4.0 / 3.0));
        assert_eq!(more_trials(1.0, Some(&wide), rate, 5), Some(4));
        assert_eq!(more_trials(1.03, Some(&wide), rate, 5), None, "on the edge itself");
        assert_eq!(more_trials(1.0, None, rate, 1), Some(4), "five are the least");
    }
}
