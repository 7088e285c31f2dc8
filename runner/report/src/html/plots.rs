//! Which plots a result has.

use tachograph_model::{Metric, Part, Row, RunResult, WorkloadReport, WorkloadStatus};

use super::meanwhile::meanwhile;
use crate::{
    names,
    svg::{LineChart, Percentiles, PercentilesChart, Point, Series, Turn, TurnChart},
    text::{clean, sentence},
};

/// A plot with the words under it.
#[derive(Debug)]
pub(super) struct Plot {
    /// What it shows.
    pub caption: String,
    /// The image.
    pub svg: String,
    /// Whether it needs the whole width.
    pub wide: bool,
}

/// All plots of a result.
#[derive(Debug)]
pub(super) struct Plots {
    /// Those of all workloads together.
    pub overview: Vec<Plot>,
    /// Those of each workload, in order.
    pub sections: Vec<Vec<Plot>>,
    /// What the machine did meanwhile.
    pub machine: Vec<Plot>,
    /// What of the machine could not be read, and why.
    pub unread: Vec<String>,
}

/// Curves of one plot of a part: metrics that share a unit.
const CURVES: &[(&str, &[&[&str]])] = &[
    ("streams", &[&["aggregate_tps", "stream_tps"], &["ttft_ms"]]),
    ("*", &[&["decode_tps"], &["prefill_tps"], &["ttft_ms"]]),
];

pub(super) fn plots(result: &RunResult) -> Plots {
    let sections = result.workloads.iter().enumerate();
    Plots {
        overview: latency(result).into_iter().collect(),
        sections: sections
            .map(|(index, entry)| section(&entry.report, &format!("p{index}")))
            .collect(),
        machine: result.telemetry.as_ref().map(meanwhile).unwrap_or_default(),
        unread: result.telemetry.as_ref().map_or_else(Vec::new, |telemetry| {
            let unread = telemetry.unread.iter();
            unread.map(|each| clean(&format!("{}: {}", each.field, each.reason))).collect()
        }),
    }
}

fn section(report: &WorkloadReport, id: &str) -> Vec<Plot> {
    if report.status == WorkloadStatus::Skipped {
        return Vec::new();
    }
    let mut plots = Vec::new();
    for (index, part) in report.parts.iter().enumerate() {
        let id = format!("{id}-{index}");
        if part.key == "turn" {
            plots.extend(turns(part, &id));
            continue;
        }
        // One point is no curve.
        if part.rows.len() < 2 {
            continue;
        }
        let curves = CURVES.iter().find(|(key, _)| *key == part.key || *key == "*");
        for (n, names) in curves.map_or(&[][..], |(_, sets)| sets).iter().enumerate() {
            plots.extend(curve(part, names, &format!("{id}-{n}")));
        }
    }
    plots
}

fn value(row: &Row, name: &str) -> Option<f64> {
    row.metrics.get(name).and_then(|metric| metric.value)
}

fn curve(part: &Part, names: &[&str], id: &str) -> Option<Plot> {
    let names: Vec<&&str> =
        names.iter().filter(|name| part.columns.iter().any(|column| column == **name)).collect();
    let unit = names.iter().find_map(|name| {
        part.rows.iter().find_map(|row| row.metrics.get(**name)).map(|metric| metric.unit.clone())
    })?;
    let point = |row: &Row, name: &str| {
        let metric: Option<&Metric> = row.metrics.get(name);
        Point {
            at: row.at as f64,
            value: metric.and_then(|metric| metric.value),
            interval: metric
                .and_then(|metric| metric.interval.as_ref())
                .map(|ends| (ends.low, ends.high)),
        }
    };
    let series: Vec<Series> = names
        .iter()
        .map(|name| Series {
            name: names::label(name),
            points: part.rows.iter().map(|row| point(row, name)).collect(),
        })
        .collect();
    let (key, across) = match part.key.as_str() {
        "context" => ("context".to_owned(), "context, tokens".to_owned()),
        "streams" => ("number of streams".to_owned(), "streams".to_owned()),
        other => {
            let key = clean(&other.replace('_', " "));
            (key.clone(), key)
        }
    };
    let shown: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
    let caption = format!("{} by {key}", shown.join(" and "));
    let chart = LineChart { title: caption.clone(), across, up: unit, series };
    Some(Plot { svg: chart.svg(id)?, caption: sentence(&caption), wide: false })
}

fn turns(part: &Part, id: &str) -> Option<Plot> {
    let turn = |row: &Row| Turn {
        at: row.at,
        kind: row.label.clone().unwrap_or_default(),
        prompt: value(row, "prompt_tokens"),
        cached: value(row, "cached_tokens"),
        ttft_ms: value(row, "ttft_ms"),
        turn_ms: value(row, "turn_ms"),
    };
    let title = "what each prompt took from the cache, and where the time went".to_owned();
    let chart = TurnChart { title: title.clone(), turns: part.rows.iter().map(turn).collect() };
    Some(Plot { svg: chart.svg(id)?, caption: sentence(&title), wide: true })
}

/// The latency between tokens, of all workloads that know it.
fn latency(result: &RunResult) -> Option<Plot> {
    let rows = result.workloads.iter().map(|entry| {
        let figure = |name: &str| entry.report.summary.get(name).and_then(|metric| metric.value);
        Percentiles {
            name: entry.report.workload.clone(),
            p50: figure("decode_p50_latency_ms"),
            p95: figure("decode_p95_latency_ms"),
            p99: figure("decode_p99_latency_ms"),
        }
    });
    let title = "time between output tokens".to_owned();
    let chart = PercentilesChart { title: title.clone(), rows: rows.collect() };
    Some(Plot { svg: chart.svg("all")?, caption: sentence(&title), wide: false })
}
