//! One figure of two runs.

use std::collections::BTreeSet;

use serde::Serialize;
use tachograph_model::{Metric, Sample};

use super::{
    RatioInterval, Rule, Verdict, block_ratio, judge, more_trials, observe::Observed,
    ratio::divided, rule,
};
use crate::{Random, bootstrap::TRIALS_NEEDED};

/// The share by which a figure taken from the samples may miss the stated one.
const MISS: f64 = 0.05;

/// One figure of two runs, side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The metric, for example `decode_tps`.
    pub metric: String,
    /// The row of a curve that it is of: the key and its value, for example
    /// `context` and 32768.
    pub at: Option<(String, i64)>,
    /// The unit of both values.
    pub unit: String,
    /// The first run's value.
    pub a: Option<f64>,
    /// The other's.
    pub b: Option<f64>,
    /// B ÷ A; of trials that took turns the mean over their blocks.
    pub ratio: Option<f64>,
    /// (B − A) ÷ A; negative where B is less, whichever way is better.
    pub change: Option<f64>,
    /// How many times as good B is: above 1 is better. None where neither way is.
    pub factor: Option<f64>,
    /// Where B ÷ A may lie.
    pub interval: Option<RatioInterval>,
    /// The fewer trials of the two.
    pub trials: usize,
    /// How it is judged; none where neither way is better.
    pub rule: Option<Rule>,
    /// The verdict; none where a value is missing or neither way is better.
    pub verdict: Option<Verdict>,
    /// About how many more trials in each run an unclear verdict needs.
    pub more_trials: Option<u32>,
    /// Why a value or a verdict is missing.
    pub reason: Option<String>,
}

/// A figure's two sides.
pub(crate) struct Sides<'a> {
    pub(crate) metric: &'a str,
    pub(crate) at: Option<(String, i64)>,
    pub(crate) a: (&'a Metric, &'a [&'a Sample]),
    pub(crate) b: (&'a Metric, &'a [&'a Sample]),
    /// Both are the same result.
    pub(crate) identical: bool,
    /// The trials took turns.
    pub(crate) turns: bool,
}

impl Sides<'_> {
    pub(crate) fn figure(self, random: Random) -> Figure {
        let ((a, _), (b, _)) = (self.a, self.b);
        let rule = rule(self.metric, &a.unit).filter(|_| a.unit == b.unit);
        let stated = a.value.zip(b.value).and_then(|(a, b)| divided(b, a));
        let blocks = stated.and_then(|_| self.blocks());
        let ratio = blocks.as_ref().map(|(ratio, _)| *ratio).or(stated);
        let change = a.value.zip(b.value).and_then(|(a, b)| match blocks {
            Some((ratio, _)) => Some(ratio - 1.0),
            None if a == b => Some(0.0),
            None => (a != 0.0).then_some((b - a) / a.abs()),
        });
        let trials = trials(self.a.1).min(trials(self.b.1));
        let interval = match ratio {
            Some(_) if self.identical => {
                Some(RatioInterval { low: 1.0, high: 1.0, method: "identical" })
            }
            Some(ratio) => match blocks {
                Some((_, interval)) => Some(interval),
                None => self.interval(ratio, random),
            },
            None => None,
        };
        let verdict = rule.zip(ratio).map(|(rule, _)| judge(interval.as_ref(), rule));
        let more_trials = match (verdict, rule, ratio) {
            (Some(Verdict::Unclear), Some(rule), Some(ratio)) => {
                more_trials(ratio, interval.as_ref(), rule, trials)
            }
            _ => None,
        };
        let reason = match (a.value, b.value) {
            (None, _) => a.reason.clone().map(|why| format!("A: {why}")),
            (_, None) => b.reason.clone().map(|why| format!("B: {why}")),
            _ if verdict != Some(Verdict::Unclear) => None,
            _ if a.source != b.source => Some("two clocks measured two things".to_owned()),
            _ => Some(unclear(interval.is_some(), trials, more_trials)),
        };
        Figure {
            metric: self.metric.to_owned(),
            unit: a.unit.clone(),
            a: a.value,
            b: b.value,
            ratio,
            change,
            factor: ratio.zip(rule).map(|(ratio, rule)| match rule.direction {
                super::Direction::Higher => ratio,
                super::Direction::Lower => 1.0 / ratio,
            }),
            interval,
            trials,
            rule,
            verdict,
            more_trials,
            reason,
            at: self.at,
        }
    }

    /// B ÷ A over the blocks of trials that took turns.
    fn blocks(&self) -> Option<(f64, RatioInterval)> {
        let ((a, samples_a), (b, samples_b)) = (self.a, self.b);
        if !self.turns || self.identical || a.source != b.source {
            return None;
        }
        let by_trial = |metric: &Metric, samples| {
            Some(Observed::of(self.metric, metric.source, samples)?.by_trial())
        };
        block_ratio(&by_trial(a, samples_a)?, &by_trial(b, samples_b)?)
    }

    /// The interval of B ÷ A: from the samples where they give the stated figures to within 5 %;
    /// else from the intervals of the two figures.
    fn interval(&self, stated: f64, random: Random) -> Option<RatioInterval> {
        let ((a, samples_a), (b, samples_b)) = (self.a, self.b);
        if a.source != b.source {
            return None;
        }
        let of = |samples| Observed::of(self.metric, a.source, samples);
        if let (Some(seen_a), Some(seen_b)) = (of(samples_a), of(samples_b))
            && let Some((seen, interval)) = Observed::ratio(&seen_a, &seen_b, random)
            && (stated / seen).ln().abs() <= MISS
        {
            return interval.map(|interval| interval.scaled(stated / seen));
        }
        propagated(a, b)
    }
}

/// The interval of a ratio from the 95 % intervals of its two parts: on the
/// scale of logarithms, the distances to the ends add up like errors.
fn propagated(a: &Metric, b: &Metric) -> Option<RatioInterval> {
    let ends = |metric: &Metric| {
        let interval = metric.interval.as_ref().filter(|i| i.method == "bootstrap-95")?;
        let value = metric.value?;
        let below = divided(value, interval.low)?.ln().max(0.0);
        Some((value, below, divided(interval.high, value)?.ln().max(0.0)))
    };
    let ((a, below_a, above_a), (b, below_b, above_b)) = (ends(a)?, ends(b)?);
    let ratio = divided(b, a)?;
    Some(RatioInterval {
        low: ratio * (-below_b.hypot(above_a)).exp(),
        high: ratio * above_b.hypot(below_a).exp(),
        method: "propagated-95",
    })
}

/// The trials that samples are of.
fn trials(samples: &[&Sample]) -> usize {
    samples.iter().map(|sample| sample.trial).collect::<BTreeSet<u32>>().len()
}

fn unclear(interval: bool, trials: usize, more: Option<u32>) -> String {
    match more {
        Some(more) if trials < TRIALS_NEEDED => {
            let many = if trials == 1 { "trial is" } else { "trials are" };
            format!("{trials} {many} too few for an interval: {more} more are needed in each run")
        }
        Some(1) => "needs about 1 more trial in each run".to_owned(),
        Some(more) => format!("needs about {more} more trials in each run"),
        None if interval => "would need over 200 trials in each run".to_owned(),
        None => "the samples give no interval".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::{Interval, MetricSource};

    use super::*;

    fn metric(value: f64, low: f64, high: f64) -> Metric {
        Metric::measured(value, "ratio", 5, MetricSource::Client).with_interval(Some(Interval {
            low,
            high,
            method: "bootstrap-95".into(),
        }))
    }

    /// ±3 % and ±4 % make ±5 %.
    #[test]
    fn errors_add_up_like_sides_of_a_triangle() {
        let (x, y) = (0.03f64.exp(), 0.04f64.exp());
        let a = metric(100.0, 100.0 / x, 100.0 * x);
        let b = metric(200.0, 200.0 / y, 200.0 * y);
        let interval = propagated(&a, &b).unwrap();
        assert!((interval.low - 2.0 * (-0.05f64).exp()).abs() < 1e-9);
        assert!((interval.high - 2.0 * 0.05f64.exp()).abs() < 1e-9);
        let plain = Metric::measured(1.0, "ratio", 5, MetricSource::Client);
        assert_eq!(propagated(&a, &plain), None);
    }

    /// S2.52 and S2.53: 1.7 to 4.9 is +188 %, a factor of 2.88.
    #[test]
    fn change_and_factor_as_published() {
        let of = |a: f64, b: f64, name: &str, unit: &str| {
            let (a, b) = (
                Metric::measured(a, unit, 1, MetricSource::Client),
                Metric::measured(b, unit, 1, MetricSource::Client),
            );
            let (a, b): ((_, &[&Sample]), (_, &[&Sample])) = ((&a, &[]), (&b, &[]));
            let sides = Sides { metric: name, at: None, a, b, identical: false, turns: false };
            sides.figure(Random::new(1))
        };
        let up = of(1.7, 4.9, "decode_tps", "tok/s");
        assert_eq!((up.change.unwrap() * 100.0).round(), 188.0);
        assert!((up.factor.unwrap() - 2.882).abs() < 1e-3);
        let down = of(100.0, 50.0, "ttft_ms", "ms");
        assert_eq!(
            (down.change, down.factor),
            (Some(-0.5), Some(2.0)),
            "half the time, twice as good"
        );
        assert_eq!(down.verdict, Some(Verdict::Unclear));
        let count = of(128.0, 129.0, "prompt_tokens", "tokens");
        assert_eq!((count.factor, count.verdict), (None, None));
        assert_eq!(of(0.0, 0.0, "decode_tps", "tok/s").change, Some(0.0));
    }
}
