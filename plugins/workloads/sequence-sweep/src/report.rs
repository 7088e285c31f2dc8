//! The report: prefill over length, and decode over length.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Measured, Random, Share, Unmeasured, decode_share,
        report::{
            Assembly, answered, by_condition, collect_flags, figure, headline, measured, row,
            value_of,
        },
        trials,
    },
    model::{Metric, MetricSource, Part, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches,
    figures::{Figures, aggregate_tps, by_trial, deviation, mean, output_tps, table, totals},
    host_side,
};

use crate::workload::{LENGTH, PREFILL};

const PREFILL_COLUMNS: &[&str] =
    &["prompt_tps", "latency_mean_ms", "latency_std_ms", "prefill_tps", "prompt_tokens"];

const DECODE_COLUMNS: &[&str] = &[
    "decode_tps",
    "mean_per_token_ms",
    "ttft_ms",
    "tpot_ms",
    "latency_mean_ms",
    "latency_std_ms",
    "output_tps",
    "aggregate_tps",
    "output_tokens",
    "peak_memory_bytes",
    "active_memory_bytes",
    "temperature_c",
];

const MACHINE: &[(&str, &str)] = &[
    ("peak_memory_bytes", "bytes"),
    ("active_memory_bytes", "bytes"),
    ("temperature_c", "celsius"),
];

/// The figures of one length.
type Point = (i64, Figures);

pub(crate) fn report(plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let of = |prefill: i64, figures: fn(&[&Sample], &Random) -> Figures| -> Vec<Point> {
        let kept: Vec<&Sample> = samples
            .iter()
            .copied()
            .filter(|s| s.condition.get(PREFILL) == Some(&prefill))
            .collect();
        let points = by_condition(&kept, LENGTH).into_iter();
        points.map(|(at, samples)| (at, figures(&samples, &random))).collect()
    };
    let (prefill, decode) = (of(1, prefill_figures), of(0, decode_figures));
    let parts = [
        part("prefill over length", PREFILL_COLUMNS, &prefill),
        part("decode over length", DECODE_COLUMNS, &decode),
    ];
    let verdict = verdict(&prefill, &decode);
    let mut summary = summary(&prefill, &decode, &random);
    summary.extend(totals(&samples, &random));
    Assembly {
        parts: parts.into_iter().flatten().collect(),
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict,
    }
    .report(&plan.context().workload, &plan.coverage(), &samples)
}

fn part(title: &str, columns: &[&str], points: &[Point]) -> Option<Part> {
    let row = |(at, figures): &Point| row(*at, None, columns, figures);
    (!points.is_empty()).then(|| table(title, "length", columns, points.iter().map(row).collect()))
}

fn prefill_figures(samples: &[&Sample], random: &Random) -> Figures {
    let mut figures = headline(samples, true, random);
    figures.extend(latency(samples));
    let shares = by_trial(samples).into_iter().map(|(trial, step)| (trial, prompt_share(&step)));
    let rate = trials::of_shares(MetricSource::Client, shares, random);
    figures.insert("prompt_tps".to_owned(), rate);
    figures
}

fn decode_figures(samples: &[&Sample], random: &Random) -> Figures {
    let mut figures = headline(samples, true, random);
    figures.extend(latency(samples));
    figures.insert("output_tps".to_owned(), output_tps(samples, random));
    figures.insert("aggregate_tps".to_owned(), aggregate_tps(samples, random));
    figures.insert("mean_per_token_ms".to_owned(), mean_per_token(samples));
    figures.extend(host_side(MACHINE));
    figures
}

/// The prompts of a batch and the time from the first send to the last token:
/// Σ over the batches is batch · length ÷ mean latency.
fn prompt_share(step: &[&Sample]) -> Measured<Share> {
    let done = answered(step);
    let mut tokens = 0;
    for sample in &done {
        tokens += sample.tokens.prompt.ok_or(Unmeasured::PromptUncounted)?;
    }
    Ok(Share { tokens, time: batch_time(&done)? })
}

/// From the first send to the last token of a batch.
fn batch_time(done: &[&Sample]) -> Measured<tachograph_sdk::metrics::Nanos> {
    let start = done.iter().filter_map(|s| s.times.sent_ns).min().ok_or(Unmeasured::NoSamples)?;
    let end = done.iter().filter_map(|s| s.times.last_token_ns).max().ok_or(Unmeasured::NoToken)?;
    match tachograph_sdk::metrics::Nanos::between(start, end) {
        Some(time) if time.0 > 0 => Ok(time),
        _ => Err(Unmeasured::OutOfOrder),
    }
}

/// The mean time of a batch and its standard deviation, over the trials.
fn latency(samples: &[&Sample]) -> Figures {
    let steps = by_trial(samples);
    let times = steps.values().filter_map(|step| batch_time(&answered(step)).ok());
    let times: Vec<f64> = times.map(|time| time.as_ms()).collect();
    let metric = |value| value_of("ms", times.len(), MetricSource::Client, value);
    let mut spread = metric(deviation(&times));
    if spread.value.is_some() {
        spread.reason = Some("sample standard deviation, divided by n - 1".to_owned());
    }
    BTreeMap::from([
        ("latency_mean_ms".to_owned(), metric(mean(&times))),
        ("latency_std_ms".to_owned(), spread),
    ])
}

/// All decode time ÷ all decoded tokens.
fn mean_per_token(samples: &[&Sample]) -> Metric {
    let done = answered(samples);
    let shares: Vec<Share> = done.iter().filter_map(|s| decode_share(s).ok()).collect();
    let value = match shares.iter().copied().reduce(|a, b| a + b) {
        Some(all) if all.tokens > 0 => Ok(all.time.as_ms() / all.tokens as f64),
        _ => Err(done.first().and_then(|s| decode_share(s).err()).unwrap_or(Unmeasured::NoSamples)),
    };
    value_of("ms", shares.len(), MetricSource::Client, value)
}

/// The figures at the longest length that was answered, which `context_tokens`
/// names; prefill is that of the prefill requests, where there are any.
fn summary(prefill: &[Point], decode: &[Point], random: &Random) -> Figures {
    let Some((at, figures)) = longest(decode) else { return headline(&[], true, random) };
    let mut summary = figures.clone();
    if let Some((_, own)) = longest(prefill) {
        for name in ["prompt_tps", "prefill_tps", "client_prefill_tps", "server_prefill_tps"] {
            summary.extend(own.get(name).map(|metric| (name.to_owned(), metric.clone())));
        }
    }
    let at = Metric::measured(*at as f64, "tokens", 1, MetricSource::Plan);
    summary.insert("context_tokens".to_owned(), at);
    summary
}

fn longest(points: &[Point]) -> Option<&Point> {
    points.iter().rev().find(|(_, figures)| figures["ttft_ms"].value.is_some())
}

fn verdict(prefill: &[Point], decode: &[Point]) -> String {
    let Some((at, figures)) = longest(decode) else { return "no length was measured".to_owned() };
    let decode = figure(figures.get("decode_tps"));
    match longest(prefill) {
        Some((long, own)) => {
            let prefill = figure(own.get("prefill_tps"));
            format!("prefill {prefill} tok/s at {long} tokens, decode {decode} tok/s at {at}")
        }
        None => {
            let whole = figure(figures.get("output_tps"));
            let first = figure(figures.get("ttft_ms"));
            format!("at {at} tokens first token after {first} ms, {whole} tok/s in all")
        }
    }
}
