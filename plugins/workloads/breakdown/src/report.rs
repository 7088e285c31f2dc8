//! The report: one row an operation, left out when the backend exposes none.

use tachograph_sdk::{
    metrics::{
        Measured, Random, Unmeasured,
        report::{Assembly, collect_flags, figure, headline, measured, row, value_of},
        trials,
    },
    model::{Metric, MetricSource, Row, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches,
    figures::{Figures, table},
};

use crate::operations::{Kind, Operation, operations};

const COLUMNS: &[&str] = &["median_ms", "calls", "total_ms", "share"];

/// What no driver reads, and where its time is.
const HIDDEN: &[(&str, &str)] = &[
    ("sampling_ms", "no driver reads it; it is a part of decode forward"),
    ("tokenization_ms", "no driver reads it; it is a part of everything else"),
    ("detokenization_ms", "no driver reads it; it is a part of everything else"),
];

pub(crate) fn report(plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let operations = operations(&samples);
    let all: u64 = operations.iter().map(|op| op.total_ns).sum();
    let rows: Vec<Row> = operations.iter().map(|op| operation_row(op, all, &random)).collect();
    let mut summary = headline(&samples, true, &random);
    summary.extend(medians(&operations, &random));
    let verdict = verdict(&operations, all, &summary);
    let part = table("operations", "operation", COLUMNS, rows);
    Assembly {
        parts: (!operations.is_empty()).then_some(part).into_iter().collect(),
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict,
    }
    .report(&plan.context().workload, &plan.coverage(), &samples)
}

fn source(kind: Kind) -> MetricSource {
    if kind == Kind::Rest { MetricSource::Client } else { MetricSource::Server }
}

/// The median over trials of the median call of a trial.
fn median(operation: &Operation, random: &Random) -> Metric {
    let calls = operation.per_call.iter().map(|(trial, ms)| (*trial, Ok(*ms)));
    trials::of_values("ms", source(operation.kind), calls, random)
}

/// Calls and total time give the share, not the medians: an operation that runs
/// once a token outweighs one that runs once a request.
fn operation_row(operation: &Operation, all: u64, random: &Random) -> Row {
    let source = source(operation.kind);
    let n = operation.per_call.len();
    let figures: Figures = [
        ("median_ms", median(operation, random)),
        ("calls", Metric::measured(operation.calls as f64, "count", n, source)),
        ("total_ms", Metric::measured(operation.total_ns as f64 / 1e6, "ms", n, source)),
        ("share", Metric::measured(operation.total_ns as f64 / all as f64, "ratio", n, source)),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into();
    row(operation.kind.at(), Some(operation.kind.label().to_owned()), COLUMNS, &figures)
}

/// The medians by name, and the decode rate that the backend's own clock gives.
fn medians(operations: &[Operation], random: &Random) -> Figures {
    let of = |kind| match operations.iter().find(|op| op.kind == kind) {
        Some(operation) => median(operation, random),
        None => {
            let why = Unmeasured::NoServerTiming.to_string();
            Metric::unmeasured("ms", 0, MetricSource::Server, why)
        }
    };
    let decode = of(Kind::Decode);
    let rate: Measured<f64> = match decode.value {
        Some(ms) if ms > 0.0 => Ok(1e3 / ms),
        _ => Err(Unmeasured::NoServerTiming),
    };
    let rate = value_of("tok/s", decode.n as usize, MetricSource::Server, rate);
    let mut figures: Figures = [
        ("prefill_call_ms", of(Kind::Prefill)),
        ("decode_forward_ms", decode),
        ("decode_forward_tps", rate),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into();
    for (name, why) in HIDDEN {
        let metric = Metric::unmeasured("ms", 0, MetricSource::Server, *why);
        figures.insert((*name).to_owned(), metric);
    }
    figures
}

fn verdict(operations: &[Operation], all: u64, summary: &Figures) -> String {
    let most = operations.iter().max_by_key(|op| op.total_ns);
    let Some(most) = most else {
        return "no breakdown: the backend does not report its own durations".to_owned();
    };
    format!(
        "{} takes {:.0} % of the time; a decode forward {} ms",
        most.kind.label(),
        most.total_ns as f64 / all as f64 * 100.0,
        figure(summary.get("decode_forward_ms")),
    )
}
