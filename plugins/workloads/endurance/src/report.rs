//! The report: one row a run, and the sums over all runs.

use tachograph_sdk::{
    metrics::{
        Measured, Nanos, Quantile, Share, Unmeasured,
        report::{
            Assembly, answered, collect_flags, figure, headline, itl_metric, measured, row,
            value_of,
        },
        step_wall,
    },
    model::{Metric, MetricSource, Row, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches, Facts,
    figures::{Figures, by_trial, mean, table},
    host_side,
};

use crate::params::Params;

const COLUMNS: &[&str] = &[
    "total_output_tokens",
    "wall_ms",
    "true_tps",
    "decode_p50_latency_ms",
    "decode_p95_latency_ms",
    "rss_peak_bytes",
    "pss_peak_bytes",
    "vms_peak_bytes",
    "minor_faults",
    "major_faults",
];

/// Of the backend's processes in a run.
const MACHINE: &[(&str, &str)] = &[
    ("rss_peak_bytes", "bytes"),
    ("rss_floor_bytes", "bytes"),
    ("rss_delta_bytes", "bytes"),
    ("pss_peak_bytes", "bytes"),
    ("vms_peak_bytes", "bytes"),
    ("minor_faults", "count"),
    ("major_faults", "count"),
    ("swap_in_bytes", "bytes"),
    ("swap_out_bytes", "bytes"),
];

/// One run: its number from 1, its tokens and time, and its figures.
struct Run {
    at: i64,
    share: Measured<Share>,
    figures: Figures,
}

pub(crate) fn report(params: &Params, plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let runs: Vec<Run> = by_trial(&samples)
        .into_iter()
        .map(|(trial, samples)| run(i64::from(trial) + 1, params.requests, &samples))
        .collect();
    let rows: Vec<Row> = runs.iter().map(|run| row(run.at, None, COLUMNS, &run.figures)).collect();
    let mut summary = headline(&samples, true, &random);
    summary.extend(sums(&runs, &params.facts));
    for (name, mean) in [
        ("decode_p50_latency_ms", "decode_p50_mean_ms"),
        ("decode_p95_latency_ms", "decode_p95_mean_ms"),
    ] {
        summary.insert(mean.to_owned(), mean_over(&runs, name));
    }
    summary.extend(host_side(MACHINE));
    let mut flags = collect_flags(&samples, |_| true);
    flags.extend(summary.get("true_tps").and_then(|rate| params.facts.implausible(rate)));
    let verdict = format!(
        "{} tok/s true over {} runs; p50 {} ms, p95 {} ms a token",
        figure(summary.get("true_tps")),
        runs.len(),
        figure(summary.get("decode_p50_latency_ms")),
        figure(summary.get("decode_p95_latency_ms")),
    );
    Assembly { parts: vec![table("runs", "run", COLUMNS, rows)], flags, summary, verdict }.report(
        &plan.context().workload,
        &plan.coverage(),
        &samples,
    )
}

fn run(at: i64, requests: u32, samples: &[&Sample]) -> Run {
    let share = share(requests, samples);
    let mut figures = host_side(MACHINE);
    figures.extend(totals(&share, 1));
    for (name, quantile) in
        [("decode_p50_latency_ms", Quantile::P50), ("decode_p95_latency_ms", Quantile::P95)]
    {
        figures.insert(name.to_owned(), itl_metric(samples, quantile));
    }
    Run { at, share, figures }
}

/// The tokens and the wall time of a run of which nothing failed.
fn share(requests: u32, samples: &[&Sample]) -> Measured<Share> {
    let done = answered(samples);
    if done.len() != requests as usize {
        return Err(Unmeasured::Other("not every request of the run was answered".to_owned()));
    }
    let mut tokens = 0;
    for sample in &done {
        tokens += sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
    }
    Ok(Share { tokens, time: step_wall(done.iter().copied())? })
}

/// Tokens, wall time and their ratio: of a run, or of all runs together.
fn totals(share: &Measured<Share>, n: usize) -> Figures {
    let of = |unit, source, value: fn(Share) -> Option<f64>| {
        let value = share.clone().and_then(|share| value(share).ok_or(Unmeasured::OutOfOrder));
        value_of(unit, n, source, value)
    };
    let (client, server) = (MetricSource::Client, MetricSource::Server);
    [
        ("total_output_tokens", of("tokens", server, |share| Some(share.tokens as f64))),
        ("wall_ms", of("ms", client, |share| Some(share.time.as_ms()))),
        ("true_tps", of("tok/s", client, |share| share.rate().map(|rate| rate.0))),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into()
}

/// The sums over the runs that were whole, and the memory traffic that their
/// tokens stand for. `true_tps` is Σ tokens ÷ Σ time, not a mean of rates.
fn sums(runs: &[Run], facts: &Facts) -> Figures {
    let whole: Vec<Share> = runs.iter().filter_map(|run| run.share.clone().ok()).collect();
    let why =
        || runs.iter().find_map(|run| run.share.clone().err()).unwrap_or(Unmeasured::NoSamples);
    let all = whole.iter().copied().reduce(|a, b| a + b).ok_or_else(why);
    let n = whole.len();
    let mut figures = totals(&all, n);
    // `wall_ms` is that of one run, as everywhere.
    let wall = figures.remove("wall_ms");
    figures.extend(wall.map(|wall| ("total_wall_ms".to_owned(), wall)));
    if n > 0 && n < runs.len() {
        let note = format!("without {} of {}: {}", runs.len() - n, runs.len(), why());
        figures.values_mut().for_each(|metric| metric.reason = Some(note.clone()));
    }
    let touched = || Ok(facts.touched()? * all.clone()?.tokens as f64);
    let bandwidth = || match all.clone()?.time {
        Nanos(0) => Err(Unmeasured::OutOfOrder),
        time => Ok(touched()? / time.as_s()),
    };
    let plan = |unit, value| value_of(unit, n, MetricSource::Plan, value);
    let runs = Metric::measured(runs.len() as f64, "count", runs.len(), MetricSource::Plan);
    figures.extend(
        [
            ("runs", runs),
            ("bytes_per_token", plan("bytes", facts.touched())),
            ("bytes_touched", plan("bytes", touched())),
            ("working_set_coverage", plan("ratio", facts.coverage())),
            ("effective_bandwidth", value_of("bytes/s", n, MetricSource::Client, bandwidth())),
        ]
        .map(|(name, metric)| (name.to_owned(), metric)),
    );
    figures
}

/// The mean over the runs of a percentile of each. It is no percentile of all
/// tokens; the pooled one stands beside it.
fn mean_over(runs: &[Run], name: &str) -> Metric {
    let values: Vec<f64> = runs.iter().filter_map(|run| run.figures[name].value).collect();
    let missing = runs.iter().find_map(|run| run.figures[name].reason.clone());
    let value = match missing {
        Some(why) if values.is_empty() => Err(Unmeasured::Other(why)),
        _ => mean(&values),
    };
    let mut metric = value_of("ms", values.len(), MetricSource::Client, value);
    if metric.value.is_some() {
        metric.reason = Some("the mean of the runs' percentiles, not a percentile".to_owned());
    }
    metric
}
