//! From many requests in several trials to one figure.

use std::collections::BTreeMap;

use tachograph_model::{Metric, MetricSource};

use crate::{Measured, Random, Share, Unmeasured, bootstrap};

/// The median of each trial, then the median over trials, with its interval.
///
/// Each observation carries its trial. Those that could not be measured are
/// left out and said in `reason`; with none left there is no value.
pub fn of_values(
    unit: &str,
    source: MetricSource,
    observations: impl IntoIterator<Item = (u32, Measured<f64>)>,
    random: &Random,
) -> Metric {
    let group = Group::of(observations);
    let mut trials = group.trials.clone();
    let Some(value) = bootstrap::median_of_medians(&mut trials) else {
        return Metric::unmeasured(unit, 0, source, group.why_none());
    };
    let mut metric = Metric::measured(value, unit, group.n, source)
        .with_interval(bootstrap::median_interval(&group.trials, random.clone()));
    metric.reason = group.why_some();
    metric
}

/// Σ tokens ÷ Σ time over all requests, in tokens per second, with its interval.
pub fn of_shares(
    source: MetricSource,
    observations: impl IntoIterator<Item = (u32, Measured<Share>)>,
    random: &Random,
) -> Metric {
    const UNIT: &str = "tok/s";
    let mut group = Group::of(observations);
    let Some(value) = bootstrap::rate_of_sums(&mut group.trials) else {
        return Metric::unmeasured(UNIT, 0, source, group.why_none());
    };
    let mut metric = Metric::measured(value, UNIT, group.n, source)
        .with_interval(bootstrap::rate_interval(&group.trials, random.clone()));
    metric.reason = group.why_some();
    metric
}

/// Observations by trial, and those that are missing.
struct Group<T> {
    trials: Vec<Vec<T>>,
    n: usize,
    missing: usize,
    why: Option<Unmeasured>,
}

impl<T> Group<T> {
    fn of(observations: impl IntoIterator<Item = (u32, Measured<T>)>) -> Self {
        let (mut trials, mut n, mut missing, mut why) = (BTreeMap::new(), 0, 0, None);
        for (trial, observation) in observations {
            match observation {
                Ok(value) => {
                    trials.entry(trial).or_insert_with(Vec::new).push(value);
                    n += 1;
                }
                Err(reason) => {
                    missing += 1;
                    why.get_or_insert(reason);
                }
            }
        }
        Self { trials: trials.into_values().collect(), n, missing, why }
    }

    fn why_none(&self) -> String {
        self.why.clone().unwrap_or(Unmeasured::NoSamples).to_string()
    }

    fn why_some(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        Some(format!("without {} of {}: {why}", self.missing, self.n + self.missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nanos;

    #[test]
    fn medians_of_trials_and_not_of_requests() {
        let seen = [(0, 10.0), (0, 11.0), (0, 12.0), (1, 20.0), (2, 30.0)];
        let m = of_values(
            "ms",
            MetricSource::Client,
            seen.map(|(trial, v)| (trial, Ok(v))),
            &Random::new(0),
        );
        assert_eq!((m.value, m.n), (Some(20.0), 5), "medians 11, 20 and 30");
        assert_eq!(m.interval.unwrap().method, "range");
        assert_eq!(m.reason, None);
    }

    #[test]
    fn rates_are_sums_over_sums() {
        let share = |tokens, ms: u64| Ok(Share { tokens, time: Nanos(ms * 1_000_000) });
        let seen = [(0, share(100, 1000)), (1, share(100, 3000))];
        let m = of_shares(MetricSource::Client, seen, &Random::new(0));
        assert_eq!(m.value, Some(50.0), "200 tokens in 4 s; the mean of rates would be 66.7");
    }

    #[test]
    fn what_is_missing_is_said() {
        let seen = [(0, Ok(5.0)), (1, Err(Unmeasured::NoToken))];
        let m = of_values("ms", MetricSource::Client, seen, &Random::new(0));
        assert_eq!(m.value, Some(5.0));
        assert_eq!(m.reason.as_deref(), Some("without 1 of 2: no generated token arrived"));
        let m = of_values("ms", MetricSource::Client, [], &Random::new(0));
        assert_eq!((m.value, m.reason.as_deref()), (None, Some("no request was answered")));
    }
}
