//! The figures of one number of streams.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Measured, Random, TokensPerSecond, Unmeasured, efficiency,
        report::{answered, headline, value_of},
        stream_rate, trials, ttft,
    },
    model::{Metric, MetricSource, Sample},
};
use tachograph_workload_text::figures::{aggregate_tps, by_trial, held};

/// One number of streams.
pub(crate) struct Point {
    pub(crate) streams: u32,
    pub(crate) figures: BTreeMap<String, Metric>,
    /// The least number of requests that were under way at once in a trial.
    pub(crate) held: u32,
}

impl Point {
    pub(crate) fn of(streams: u32, samples: &[&Sample], random: &Random) -> Self {
        let mut figures = headline(samples, true, random);
        let steps = by_trial(samples);
        put(&mut figures, "aggregate_tps", aggregate_tps(samples, random));
        let done = answered(samples);
        let rates = |whole: bool| {
            let rate = |s: &&Sample| {
                let (decode, end_to_end) = stream_rate(s);
                (s.trial, if whole { end_to_end } else { decode }.map(|r| r.0))
            };
            let rates: Vec<(u32, Measured<f64>)> = done.iter().map(rate).collect();
            trials::of_values("tok/s", MetricSource::Client, rates, random)
        };
        put(&mut figures, "stream_tps", rates(false));
        put(&mut figures, "stream_e2e_tps", rates(true));
        let spread = steps.iter().map(|(t, step)| (*t, spread_ms(step)));
        let spread = trials::of_values("ms", MetricSource::Client, spread, random);
        put(&mut figures, "ttft_spread_ms", spread);
        Self { streams, figures, held: held(samples) }
    }

    /// The output of all streams together, tokens per second.
    pub(crate) fn aggregate(&self) -> Option<f64> {
        self.figures["aggregate_tps"].value
    }

    /// Adds `efficiency`: this output over that of as many single streams.
    pub(crate) fn compare(&mut self, alone: Option<f64>) {
        let alone = alone.map(TokensPerSecond);
        let ratio = match (self.aggregate().map(TokensPerSecond), alone) {
            (Some(together), Some(alone)) => efficiency(self.streams, together, alone),
            (None, _) => Err(Unmeasured::NoSamples),
            (_, None) => Err(Unmeasured::Other("one stream alone was not measured".to_owned())),
        };
        let n = self.figures["aggregate_tps"].n as usize;
        let metric = value_of("ratio", n, MetricSource::Client, ratio);
        put(&mut self.figures, "efficiency", metric);
    }
}

fn put(figures: &mut BTreeMap<String, Metric>, name: &str, metric: Metric) {
    figures.insert(name.to_owned(), metric);
}

/// From the first to the last stream's first token, each by its own TTFT.
fn spread_ms(step: &[&Sample]) -> Measured<f64> {
    let times: Vec<f64> = step.iter().filter_map(|s| ttft(s).ok()).map(|t| t.as_ms()).collect();
    let low = times.iter().copied().min_by(f64::total_cmp).ok_or(Unmeasured::NoToken)?;
    let high = times.iter().copied().max_by(f64::total_cmp).ok_or(Unmeasured::NoToken)?;
    Ok(high - low)
}
