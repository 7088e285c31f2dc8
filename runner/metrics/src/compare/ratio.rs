//! The ratio of a figure of two runs, with its interval.

use serde::Serialize;

use super::small::lower_quantile;
use crate::{
    Random, Share,
    bootstrap::{RESAMPLES, TRIALS_NEEDED, median_of_medians, rate_of_sums},
    percentile::quantile_r7,
};

/// Where the ratio of two figures may lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatioInterval {
    /// The lower end of B ÷ A.
    pub low: f64,
    /// The upper end of B ÷ A.
    pub high: f64,
    /// `bootstrap-95`: over the samples of both runs, five trials or more in
    /// each. `propagated-95`: from the intervals that the two results state.
    /// `abba-95`: Student's, over the blocks of two runs that took turns.
    /// `range`: the extremes of single trials, which prove nothing.
    /// `identical`: both are the same result.
    pub method: &'static str,
}

impl RatioInterval {
    /// Whether it is an interval that verdicts may rest on.
    pub fn is_sound(&self) -> bool {
        self.method != "range"
    }

    /// The interval of the same ratio times `factor`, which is above 0.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        (self.low, self.high) = (self.low * factor, self.high * factor);
        self
    }
}

/// B ÷ A of the median over trials of the median in each trial, with its
/// interval when there are two trials in each.
pub fn median_ratio(
    a: &[Vec<f64>],
    b: &[Vec<f64>],
    random: Random,
) -> Option<(f64, Option<RatioInterval>)> {
    ratio(a, b, random, median_of_medians)
}

/// B ÷ A of Σ tokens ÷ Σ time, with its interval when there are two trials in
/// each.
pub fn rate_ratio(
    a: &[Vec<Share>],
    b: &[Vec<Share>],
    random: Random,
) -> Option<(f64, Option<RatioInterval>)> {
    ratio(a, b, random, rate_of_sums)
}

fn ratio<T: Copy>(
    a: &[Vec<T>],
    b: &[Vec<T>],
    mut random: Random,
    statistic: fn(&mut [Vec<T>]) -> Option<f64>,
) -> Option<(f64, Option<RatioInterval>)> {
    let (a, b) = (filled(a), filled(b));
    let whole = |trials: &[&Vec<T>]| {
        let mut all: Vec<Vec<T>> = trials.iter().map(|&trial| trial.clone()).collect();
        statistic(&mut all)
    };
    let ratio = divided(whole(&b)?, whole(&a)?)?;
    let fewest = a.len().min(b.len());
    if fewest < TRIALS_NEEDED {
        let singles = |trials: &[&Vec<T>]| {
            let of = |&trial: &&Vec<T>| statistic(&mut [trial.clone()]);
            let values: Vec<f64> = trials.iter().filter_map(of).collect();
            let low = values.iter().copied().min_by(f64::total_cmp)?;
            Some((low, values.iter().copied().max_by(f64::total_cmp)?))
        };
        let (a, b) = (singles(&a)?, singles(&b)?);
        let range = || {
            let (low, high) = (divided(b.0, a.1)?, divided(b.1, a.0)?);
            Some(RatioInterval { low, high, method: "range" })
        };
        return Some((ratio, if fewest > 1 { range() } else { None }));
    }
    let mut drawn_a = vec![Vec::new(); a.len()];
    let mut drawn_b = vec![Vec::new(); b.len()];
    let mut ratios = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        draw(&a, &mut drawn_a, &mut random);
        draw(&b, &mut drawn_b, &mut random);
        let pair = statistic(&mut drawn_b).zip(statistic(&mut drawn_a));
        ratios.extend(pair.and_then(|(b, a)| divided(b, a)));
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let q = lower_quantile(a.len(), b.len());
    let ends = quantile_r7(&ratios, q).zip(quantile_r7(&ratios, 1.0 - q));
    let interval = ends.map(|(low, high)| RatioInterval { low, high, method: "bootstrap-95" });
    Some((ratio, interval))
}

/// The trials in which something was measured.
fn filled<T>(trials: &[Vec<T>]) -> Vec<&Vec<T>> {
    trials.iter().filter(|trial| !trial.is_empty()).collect()
}

/// Draws trials, then requests in each: requests of one trial share the state
/// of the machine.
fn draw<T: Copy>(trials: &[&Vec<T>], into: &mut [Vec<T>], random: &mut Random) {
    for slot in into {
        let trial = trials[random.below(trials.len())];
        slot.clear();
        match trial.as_slice() {
            [only] => slot.push(*only),
            all => slot.extend((0..all.len()).map(|_| all[random.below(all.len())])),
        }
    }
}

/// A quotient of two measured figures above 0.
pub(crate) fn divided(b: f64, a: f64) -> Option<f64> {
    let quotient = b / a;
    (a > 0.0 && b > 0.0 && quotient.is_finite() && quotient > 0.0).then_some(quotient)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trials(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|&v| vec![v]).collect()
    }

    #[test]
    fn few_trials_give_a_range_or_nothing() {
        let (a, b) = (trials(&[10.0, 11.0, 12.0]), trials(&[20.0, 22.0, 24.0]));
        let (ratio, interval) = median_ratio(&a, &b, Random::new(1)).unwrap();
        let interval = interval.unwrap();
        assert_eq!((ratio, interval.method), (2.0, "range"));
        assert_eq!((interval.low, interval.high), (20.0 / 12.0, 24.0 / 10.0));
        assert!(!interval.is_sound());
        assert_eq!(median_ratio(&a[..1], &b, Random::new(1)).unwrap().1, None);
        assert_eq!(median_ratio(&[], &b, Random::new(1)), None);
        assert_eq!(median_ratio(&trials(&[0.0]), &b, Random::new(1)), None, "nothing over zero");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let (a, b) = (trials(&[9.0, 10.0, 11.0, 10.5, 9.5]), trials(&[8.0, 9.0, 8.5, 9.2, 8.8]));
        let one = median_ratio(&a, &b, Random::new(3)).unwrap();
        assert_eq!(Some(one.clone()), median_ratio(&a, &b, Random::new(3)));
        let interval = one.1.unwrap();
        assert_eq!(interval.method, "bootstrap-95");
        assert!(interval.low < 0.88 && 0.88 < interval.high, "{interval:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn intervals_lie_inside_what_single_trials_span(
            a in prop::collection::vec(1.0f64..1e6, 5..9),
            b in prop::collection::vec(1.0f64..1e6, 5..9),
            seed: u64,
        ) {
            let (_, interval) = median_ratio(&trials(&a), &trials(&b), Random::new(seed)).unwrap();
            let interval = interval.unwrap();
            let low = |v: &[f64]| v.iter().copied().fold(f64::MAX, f64::min);
            let high = |v: &[f64]| v.iter().copied().fold(f64::MIN, f64::max);
            prop_assert!(low(&b) / high(&a) <= interval.low * (1.0 + 1e-12));
            prop_assert!(interval.low <= interval.high);
            prop_assert!(interval.high <= high(&b) / low(&a) * (1.0 + 1e-12));
        }
    }
}
