//! One row a turn, and the worst of them.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Measured, Random, Unmeasured, e2e,
        report::{answered, by_condition, headline, ms},
        trials,
    },
    model::{Metric, MetricSource, Row, Sample},
};

use crate::script::TURNS;

/// The columns of the table of turns.
pub(crate) const COLUMNS: &[&str] = &[
    "prompt_tokens",
    "cached_tokens",
    "new_tokens",
    "ttft_ms",
    "ttfo_ms",
    "prefill_tps",
    "decode_tps",
    "output_asked",
    "output_tokens",
    "turn_ms",
];

/// One row a turn, medians over the trials.
pub(crate) fn rows(samples: &[&Sample], random: &Random) -> Vec<Row> {
    let row = |(at, samples): (i64, Vec<&Sample>)| {
        let turn = usize::try_from(at - 1).ok().and_then(|i| TURNS.get(i));
        let mut figures = headline(&samples, false, random);
        let done = answered(&samples);
        let mut put = |name: &str, source, of: fn(&Sample) -> Measured<f64>| {
            let values = done.iter().map(|s| (s.trial, of(s)));
            let metric = trials::of_values("tokens", source, values, random);
            figures.insert(name.to_owned(), metric);
        };
        put("cached_tokens", MetricSource::Server, cached);
        put("new_tokens", MetricSource::Server, new);
        put("output_asked", MetricSource::Plan, |s| Ok(f64::from(s.tokens.requested)));
        let times = done.iter().map(|s| ms(s, e2e(s)));
        let time = trials::of_values("ms", MetricSource::Client, times, random);
        figures.insert("turn_ms".to_owned(), time);
        let kept = |name: &&str| Some(((*name).to_owned(), figures.get(*name)?.clone()));
        Row {
            at,
            label: turn.map(|turn| turn.kind.name().to_owned()),
            metrics: COLUMNS.iter().filter_map(kept).collect(),
        }
    };
    by_condition(samples, "turn").into_iter().map(row).collect()
}

fn cached(sample: &Sample) -> Measured<f64> {
    sample.tokens.cached.map(|n| n as f64).ok_or(Unmeasured::CacheUnknown)
}

fn new(sample: &Sample) -> Measured<f64> {
    let prompt = sample.tokens.prompt.ok_or(Unmeasured::PromptUncounted)?;
    let cached = sample.tokens.cached.ok_or(Unmeasured::CacheUnknown)?;
    Ok(prompt.saturating_sub(cached) as f64)
}

/// The slowest turn, as a metric whose reason says where its time went.
pub(crate) fn worst(rows: &[Row]) -> Metric {
    let time = |row: &Row| row.metrics.get("turn_ms").and_then(|m| m.value);
    let slowest = rows
        .iter()
        .filter_map(|row| Some((row, time(row)?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((row, whole)) = slowest else {
        let why = Unmeasured::NoSamples.to_string();
        return Metric::unmeasured("count", 0, MetricSource::Client, why);
    };
    let mut worst = Metric::measured(row.at as f64, "count", rows.len(), MetricSource::Client);
    worst.reason = Some(why(row, whole));
    worst
}

fn why(row: &Row, whole: f64) -> String {
    let value = |name: &str| row.metrics.get(name).and_then(|m| m.value);
    let kind = row.label.as_deref().unwrap_or("turn");
    let seconds = |ms: f64| format!("{:.2} s", ms / 1e3);
    let Some(ttft) = value("ttft_ms") else {
        return format!("{kind}: took {}", seconds(whole));
    };
    if ttft * 2.0 < whole {
        let tokens = value("output_tokens").map_or("its".to_owned(), |n| format!("{n:.0}"));
        let decode = seconds(whole - ttft);
        return format!("{kind}: {decode} of {} went into {tokens} output tokens", seconds(whole));
    }
    let new = value("new_tokens").map_or("an unknown number of".to_owned(), |n| format!("{n:.0}"));
    let ttft = seconds(ttft);
    format!("{kind}: {ttft} of {} went into {new} uncached prompt tokens", seconds(whole))
}

/// Samples by trial.
pub(crate) fn by_trial<'a>(samples: &[&'a Sample]) -> BTreeMap<u32, Vec<&'a Sample>> {
    let mut trials: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        trials.entry(sample.trial).or_default().push(sample);
    }
    trials
}
