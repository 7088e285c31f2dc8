//! The report: one row a number of streams, and the best of them.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Random,
        report::{
            Assembly, Coverage, by_condition, collect_flags, figure, headline, measured, row,
        },
    },
    model::{Metric, MetricSource, Sample, WorkloadContext, WorkloadReport},
};
use tachograph_workload_text::figures::{not_held, table, totals};

use crate::point::Point;

const COLUMNS: &[&str] = &[
    "aggregate_tps",
    "stream_tps",
    "stream_e2e_tps",
    "efficiency",
    "ttft_ms",
    "ttft_spread_ms",
    "tpot_ms",
    "output_tokens",
    "failed_requests",
];

/// Fewer streams are preferred when they give this share of the highest output.
const AS_GOOD: f64 = 0.97;

pub(crate) fn report(
    context: &WorkloadContext,
    coverage: &Coverage,
    samples: &[Sample],
) -> WorkloadReport {
    let samples = measured(samples);
    let random = Random::from_text(&format!("{}/{}", context.nonce, context.workload));
    let point = |(at, samples): (i64, Vec<&Sample>)| {
        Point::of(u32::try_from(at).unwrap_or(0), &samples, &random)
    };
    let mut points: Vec<Point> = by_condition(&samples, "streams").into_iter().map(point).collect();
    let alone = points.iter().find(|p| p.streams == 1).and_then(Point::aggregate);
    points.iter_mut().for_each(|point| point.compare(alone));
    let best = best(&points);
    let mut flags = collect_flags(&samples, |_| true);
    flags.extend(not_held(points.iter().map(|point| (point.streams, point.held))));
    let row = |point: &Point| row(i64::from(point.streams), None, COLUMNS, &point.figures);
    Assembly {
        parts: vec![table(
            "output over streams",
            "streams",
            COLUMNS,
            points.iter().map(row).collect(),
        )],
        flags,
        summary: summary(best, &samples, &random),
        verdict: best.map_or_else(|| "no point was measured".to_owned(), verdict),
    }
    .report(&context.workload, coverage, &samples)
}

/// The fewest streams whose output is within 3 % of the highest.
fn best(points: &[Point]) -> Option<&Point> {
    let most = points.iter().filter_map(Point::aggregate).max_by(f64::total_cmp)?;
    points.iter().find(|point| point.aggregate().is_some_and(|tps| tps >= most * AS_GOOD))
}

/// The figures at the best point, which `best_streams` names; wall time and
/// counts are of all points.
fn summary(best: Option<&Point>, samples: &[&Sample], random: &Random) -> BTreeMap<String, Metric> {
    let mut summary = best.map_or_else(|| headline(&[], true, random), |p| p.figures.clone());
    summary.extend(totals(samples, random));
    if let Some(best) = best {
        let streams = Metric::measured(f64::from(best.streams), "count", 1, MetricSource::Client);
        summary.insert("best_streams".to_owned(), streams);
    }
    summary
}

fn verdict(best: &Point) -> String {
    let many = if best.streams == 1 { "stream" } else { "streams" };
    format!(
        "{} tok/s together at {} {many}, {} tok/s each",
        figure(best.figures.get("aggregate_tps")),
        best.streams,
        figure(best.figures.get("stream_tps")),
    )
}
