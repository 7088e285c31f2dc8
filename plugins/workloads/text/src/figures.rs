//! Figures that several reports give beside the headline.

use std::collections::BTreeMap;

use tachograph_metrics::{
    Measured, Nanos, Random, Share, Unmeasured, aggregate_share, e2e, peak_in_flight,
    report::{answered, request_counts, trial_wall},
    trials,
};
use tachograph_model::{Flag, Metric, MetricSource, Part, Row, Sample};

/// Figures by name.
pub type Figures = BTreeMap<String, Metric>;

/// A table of a report.
pub fn table(title: &str, key: &str, columns: &[&str], rows: Vec<Row>) -> Part {
    let columns = columns.iter().map(|&c| c.to_owned()).collect();
    Part { title: title.to_owned(), key: key.to_owned(), columns, rows }
}

/// Samples by trial, ascending.
pub fn by_trial<'a>(samples: &[&'a Sample]) -> BTreeMap<u32, Vec<&'a Sample>> {
    let mut steps: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        steps.entry(sample.trial).or_default().push(sample);
    }
    steps
}

/// The output of whole steps, tokens per second; each trial is one step.
pub fn aggregate_tps(samples: &[&Sample], random: &Random) -> Metric {
    let steps = by_trial(samples);
    let shares = steps.iter().map(|(t, step)| (*t, aggregate_share(step.iter().copied())));
    trials::of_shares(MetricSource::Client, shares, random)
}

/// Output tokens ÷ E2E over all requests, prefill included.
pub fn output_tps(samples: &[&Sample], random: &Random) -> Metric {
    let share = |sample: &&Sample| {
        let whole = e2e(sample).and_then(|time| {
            let tokens = sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
            if time == Nanos(0) { Err(Unmeasured::OutOfOrder) } else { Ok(Share { tokens, time }) }
        });
        (sample.trial, whole)
    };
    trials::of_shares(MetricSource::Client, answered(samples).iter().map(share), random)
}

/// The least number of requests that were under way at once in a trial.
pub fn held(samples: &[&Sample]) -> u32 {
    let steps = by_trial(samples);
    steps.values().map(|step| peak_in_flight(step.iter().copied())).min().unwrap_or(0)
}

/// A doubt where fewer requests were under way at once (second) than were asked
/// for (first).
pub fn not_held(points: impl IntoIterator<Item = (u32, u32)>) -> Option<Flag> {
    let short: Vec<String> = points
        .into_iter()
        .filter(|(asked, held)| held < asked)
        .map(|(asked, held)| format!("{held} of {asked}"))
        .collect();
    (!short.is_empty()).then(|| {
        let message = format!("streams under way at once: {}", short.join(", "));
        Flag::new("streams-not-held", message)
    })
}

/// The counts of requests and the wall time of a trial, over all parts.
pub fn totals(samples: &[&Sample], random: &Random) -> Figures {
    let mut out: Figures = request_counts(samples).into();
    let wall = trials::of_values("ms", MetricSource::Client, trial_wall(samples), random);
    out.insert("wall_ms".to_owned(), wall);
    out
}

/// The mean of some values; none of nothing.
pub fn mean(values: &[f64]) -> Measured<f64> {
    match values.len() {
        0 => Err(Unmeasured::NoSamples),
        n => Ok(values.iter().sum::<f64>() / n as f64),
    }
}

/// The sample standard deviation (n − 1) of two values or more.
pub fn deviation(values: &[f64]) -> Measured<f64> {
    let n = values.len();
    if n < 2 {
        return Err(Unmeasured::Other(format!("n = {n}; a standard deviation needs 2")));
    }
    let middle = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - middle).powi(2)).sum();
    Ok((squares / (n - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2, 4, 4, 4, 5, 5, 7, 9: the squares add up to 32, and 32 ÷ 7 = 4.571.
    #[test]
    fn deviation_divides_by_n_less_one() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Ok(5.0));
        assert!((deviation(&values).unwrap() - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(
            deviation(&[3.0]).unwrap_err().to_string(),
            "n = 1; a standard deviation needs 2"
        );
        assert_eq!(mean(&[]), Err(Unmeasured::NoSamples));
    }
}
