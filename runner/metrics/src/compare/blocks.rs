//! The ratio of two runs that took turns.
//!
//! Trials that alternate as A B B A see the same machine: whatever changes
//! evenly over a block of four (heat, a growing cache, another program) puts the
//! same weight on both sides and leaves the block's ratio as it was. So the
//! blocks, not the trials, are the observations: the mean of their logarithms,
//! with Student's interval over the blocks. What a block costs is degrees of
//! freedom: ten trials are five blocks.

use std::collections::BTreeMap;

use super::{RatioInterval, ratio::divided, small::student_975};

/// The fewest blocks of A B B A that give an interval.
pub const BLOCKS_NEEDED: usize = 4;

/// The name of an interval over blocks.
pub(crate) const BLOCKS: &str = "abba-95";

/// B ÷ A of trials that took turns, with its 95 % interval.
///
/// The trials 0 and 1 of both sides are one block, 2 and 3 the next. A block in
/// which a trial has no value above 0 is left out. None with fewer than
/// [`BLOCKS_NEEDED`] whole blocks.
pub fn block_ratio(a: &BTreeMap<u32, f64>, b: &BTreeMap<u32, f64>) -> Option<(f64, RatioInterval)> {
    let pair = |trial: u32| Some(divided(*b.get(&trial)?, *a.get(&trial)?)?.ln());
    let firsts = a.keys().copied().filter(|trial| trial % 2 == 0);
    let blocks: Vec<f64> = firsts
        .filter_map(|first| Some((pair(first)? + pair(first.checked_add(1)?)?) / 2.0))
        .collect();
    if blocks.len() < BLOCKS_NEEDED {
        return None;
    }
    let n = blocks.len() as f64;
    let mean = blocks.iter().sum::<f64>() / n;
    let variance = blocks.iter().map(|block| (block - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = student_975(n - 1.0) * (variance / n).sqrt();
    let interval =
        RatioInterval { low: (mean - half).exp(), high: (mean + half).exp(), method: BLOCKS };
    Some((mean.exp(), interval))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Random;

    fn trials(values: &[f64]) -> BTreeMap<u32, f64> {
        (0..).zip(values.iter().copied()).collect()
    }

    /// A deviate of spread 1: twelve uniform ones less six.
    fn normal(random: &mut Random) -> f64 {
        let uniform = |random: &mut Random| (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0
    }

    /// Where a trial comes in A B B A A B B A ….
    fn place(side: usize, trial: usize) -> f64 {
        (2 * trial + (side + trial) % 2) as f64
    }

    /// Two sides of which B takes `truth` times as long, on a machine that drifts
    /// by `drift` and wanders by `walk` a place, with `noise` in each trial.
    fn simulate(
        n: usize,
        truth: f64,
        (noise, drift, walk): (f64, f64, f64),
        random: &mut Random,
    ) -> [BTreeMap<u32, f64>; 2] {
        let mut wander = Vec::with_capacity(2 * n);
        let mut at = 0.0;
        for _ in 0..2 * n {
            wander.push(at);
            at += walk * normal(random);
        }
        [0, 1].map(|side| {
            let value = |trial: usize| {
                let place = place(side, trial);
                let machine = drift * place + wander[place as usize];
                let factor = if side == 1 { truth } else { 1.0 };
                10.0 * factor * (machine + noise * normal(random)).exp()
            };
            trials(&(0..n).map(value).collect::<Vec<f64>>())
        })
    }

    /// How many of 2,000 simulated pairs have the truth in their interval.
    fn held(n: usize, machine: (f64, f64, f64)) -> usize {
        let mut random = Random::new(17);
        let hit = |_: &usize| {
            let [a, b] = simulate(n, 1.1, machine, &mut random);
            let (_, interval) = block_ratio(&a, &b).unwrap();
            interval.low <= 1.1 && 1.1 <= interval.high
        };
        (0..2_000).filter(hit).count()
    }

    /// 95 % of 2,000 are 1,900; three standard errors are 29. A machine that
    /// wanders from one block to the next does so within each, too: the blocks
    /// stay independent, and the interval true.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        for n in [8, 10, 20] {
            for machine in [(0.02, 0.0, 0.0), (0.02, 0.01, 0.0), (0.005, 0.0, 0.02)] {
                let held = held(n, machine);
                assert!((1_871..=1_940).contains(&held), "{n} trials, {machine:?}: {held}");
            }
        }
    }

    #[test]
    fn what_is_missing_takes_its_block_with_it() {
        let a = trials(&[10.0; 10]);
        let mut b = trials(&[11.0; 10]);
        let (ratio, interval) = block_ratio(&a, &b).unwrap();
        assert!((ratio - 1.1).abs() < 1e-12 && interval.high - interval.low < 1e-12);
        b.insert(3, 0.0);
        assert!(block_ratio(&a, &b).is_some(), "four blocks are left");
        b.remove(&9);
        assert_eq!(block_ratio(&a, &b), None, "three are too few");
        assert_eq!(block_ratio(&trials(&[]), &b), None);
    }

    proptest! {
        #[test]
        fn an_even_drift_leaves_the_ratio(
            truth in 0.2f64..5.0, drift in -0.2f64..0.2, n in 4usize..12,
        ) {
            let [a, b] = simulate(2 * n, truth, (0.0, drift, 0.0), &mut Random::new(1));
            let (ratio, interval) = block_ratio(&a, &b).unwrap();
            prop_assert!((ratio / truth).ln().abs() < 1e-9, "{ratio} of {truth}");
            prop_assert!((interval.high / interval.low).ln() < 1e-9);
        }

        #[test]
        fn the_other_way_round_is_the_inverse_and_units_do_not_matter(
            a in prop::collection::vec(1e-3f64..1e6, 8..20),
            b in prop::collection::vec(1e-3f64..1e6, 8..20),
            unit in 1e-3f64..1e3,
        ) {
            let scaled: Vec<f64> = b.iter().map(|value| value * unit).collect();
            let (a, b, scaled) = (trials(&a), trials(&b), trials(&scaled));
            let (ratio, interval) = block_ratio(&a, &b).unwrap();
            let (inverse, turned) = block_ratio(&b, &a).unwrap();
            let near = |x: f64, y: f64| (x / y).ln().abs() < 1e-6;
            prop_assert!(interval.low <= ratio && ratio <= interval.high);
            prop_assert!(near(ratio, 1.0 / inverse));
            prop_assert!(near(interval.low, 1.0 / turned.high));
            let (ratio_scaled, scaled) = block_ratio(&a, &scaled).unwrap();
            prop_assert!(near(ratio_scaled, ratio * unit) && near(scaled.low, interval.low * unit));
        }
    }
}
