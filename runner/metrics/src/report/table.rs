//! Choosing samples, and turning single measurements into metrics.

use std::collections::BTreeMap;

use tachograph_model::{Metric, MetricSource, Phase, Sample, SampleStatus};

use crate::{Measured, Nanos};

/// The samples of the measured phase; warm-up is kept apart.
pub fn measured(samples: &[Sample]) -> Vec<&Sample> {
    samples.iter().filter(|s| s.phase == Phase::Measure).collect()
}

/// Those that were answered to their end.
pub fn answered<'a>(samples: &[&'a Sample]) -> Vec<&'a Sample> {
    samples.iter().copied().filter(|s| s.status == SampleStatus::Ok).collect()
}

/// Samples by the value of one condition, for example `context`, ascending.
pub fn by_condition<'a>(samples: &[&'a Sample], key: &str) -> BTreeMap<i64, Vec<&'a Sample>> {
    let mut groups: BTreeMap<i64, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        if let Some(&at) = sample.condition.get(key) {
            groups.entry(at).or_default().push(sample);
        }
    }
    groups
}

/// One figure without replication: a value or its reason.
pub fn value_of(unit: &str, n: usize, source: MetricSource, value: Measured<f64>) -> Metric {
    match value {
        Ok(value) => Metric::measured(value, unit, n, source),
        Err(why) => Metric::unmeasured(unit, n, source, why.to_string()),
    }
}

/// A duration in milliseconds with the trial of its sample.
pub fn ms(sample: &Sample, time: Measured<Nanos>) -> (u32, Measured<f64>) {
    (sample.trial, time.map(Nanos::as_ms))
}
