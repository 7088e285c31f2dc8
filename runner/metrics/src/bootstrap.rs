//! Seeded hierarchical bootstrap: trials are drawn, then requests in them.

use tachograph_model::Interval;

use crate::{Random, Share, percentile::quantile_r7};

/// Resamples of an interval.
pub const RESAMPLES: usize = 10_000;

/// Trials from which an interval is given; below, the range.
pub const TRIALS_NEEDED: usize = 5;

/// A 95 % interval of the median over trials of the median in each trial.
pub fn median_interval(trials: &[Vec<f64>], random: Random) -> Option<Interval> {
    interval(trials, random, median_of_medians)
}

/// A 95 % interval of Σ tokens ÷ Σ time over all requests of all trials.
pub fn rate_interval(trials: &[Vec<Share>], random: Random) -> Option<Interval> {
    interval(trials, random, rate_of_sums)
}

/// The interval of a statistic: bootstrap percentiles from five trials on, the
/// range over single trials from two on, none below.
///
/// Replication is by trial, not by request: requests of one trial share the
/// machine's state, so each resample first draws trials, then requests in each.
fn interval<T: Copy>(
    trials: &[Vec<T>],
    mut random: Random,
    statistic: fn(&mut [Vec<T>]) -> Option<f64>,
) -> Option<Interval> {
    let trials: Vec<&Vec<T>> = trials.iter().filter(|trial| !trial.is_empty()).collect();
    let count = trials.len();
    if count < TRIALS_NEEDED {
        let single = |trial: &&Vec<T>| statistic(&mut [(*trial).clone()]);
        let values: Vec<f64> = trials.iter().filter_map(single).collect();
        let low = values.iter().copied().min_by(f64::total_cmp)?;
        let high = values.iter().copied().max_by(f64::total_cmp)?;
        return (values.len() > 1).then(|| Interval { low, high, method: "range".to_owned() });
    }
    let mut drawn: Vec<Vec<T>> = vec![Vec::new(); count];
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        for slot in &mut drawn {
            let trial = trials[random.below(count)];
            slot.clear();
            if let [only] = trial.as_slice() {
                slot.push(*only);
            } else {
                slot.extend((0..trial.len()).map(|_| trial[random.below(trial.len())]));
            }
        }
        values.extend(statistic(&mut drawn));
    }
    values.sort_unstable_by(f64::total_cmp);
    Some(Interval {
        low: quantile_r7(&values, 0.025)?,
        high: quantile_r7(&values, 0.975)?,
        method: "bootstrap-95".to_owned(),
    })
}

/// The median over trials of the median in each; sorts in place.
pub(crate) fn median_of_medians(trials: &mut [Vec<f64>]) -> Option<f64> {
    let mut medians = Vec::with_capacity(trials.len());
    for trial in trials {
        trial.sort_unstable_by(f64::total_cmp);
        medians.extend(quantile_r7(trial, 0.5));
    }
    medians.sort_unstable_by(f64::total_cmp);
    quantile_r7(&medians, 0.5)
}

/// Σ tokens ÷ Σ time.
pub(crate) fn rate_of_sums(trials: &mut [Vec<Share>]) -> Option<f64> {
    let total = trials.iter().flatten().copied().reduce(|a, b| a + b)?;
    total.rate().map(|rate| rate.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn below_five_trials_only_the_range() {
        let range = median_interval(&[vec![10.0], vec![13.0], vec![11.0]], Random::new(1)).unwrap();
        assert_eq!((range.low, range.high, range.method.as_str()), (10.0, 13.0, "range"));
        assert_eq!(median_interval(&[vec![10.0]], Random::new(1)), None, "one trial, no range");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let trials: Vec<Vec<f64>> =
            (0..10).map(|t| vec![f64::from(t), f64::from(t) + 0.5]).collect();
        let a = median_interval(&trials, Random::new(7)).unwrap();
        assert_eq!(Some(a.clone()), median_interval(&trials, Random::new(7)));
        assert_eq!(a.method, "bootstrap-95");
        assert!(a.low < 4.75 && 4.75 < a.high, "{a:?}");
    }

    /// Ten trials of one value each: the 95 % interval of the median of a
    /// uniform sample 1..=10 is near 3 to 8 (order statistics 2 to 9 at most).
    #[test]
    fn the_interval_has_a_plausible_width() {
        let trials: Vec<Vec<f64>> = (1..=10).map(|v| vec![f64::from(v)]).collect();
        let i = median_interval(&trials, Random::new(42)).unwrap();
        assert!((2.0..4.0).contains(&i.low) && (7.0..9.5).contains(&i.high), "{i:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn intervals_lie_inside_the_data(values in prop::collection::vec(1.0f64..1e6, 5..12), seed: u64) {
            let trials: Vec<Vec<f64>> = values.iter().map(|&v| vec![v]).collect();
            let i = median_interval(&trials, Random::new(seed)).unwrap();
            let low = values.iter().copied().fold(f64::MAX, f64::min);
            let high = values.iter().copied().fold(f64::MIN, f64::max);
            prop_assert!(low <= i.low && i.low <= i.high && i.high <= high);
        }
    }
}
