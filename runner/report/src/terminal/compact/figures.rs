//! Which figures a workload shows, and what they rest on.

use std::collections::BTreeMap;

use tachograph_model::{Metric, MetricSource, WorkloadReport};

use super::grid::Figure;
use crate::{
    footnotes::Footnotes,
    names,
    number::{UNMEASURED, thousands},
};

/// The figures that every workload has, as they stand in the block, and their
/// names there.
const CORE: [[(&str, &str); 3]; 3] = [
    [("ttft_ms", "TTFT"), ("decode_p50_latency_ms", "decode p50"), ("prompt_tokens", "prompt")],
    [
        ("prefill_tps", "prefill"),
        ("decode_p95_latency_ms", "decode p95"),
        ("output_tokens", "output"),
    ],
    [("decode_tps", "decode"), ("wall_ms", "wall"), ("requests", "requests")],
];

/// Further figures, a line of the block each set, shown where they have values.
const FURTHER: [[(&str, &str); 3]; 4] = [
    [
        ("context_tokens", "context"),
        ("prefill_kept_per_doubling", "prefill kept"),
        ("decode_kept_per_doubling", "decode kept"),
    ],
    [("best_streams", "best"), ("aggregate_tps", "together"), ("efficiency", "efficiency")],
    [
        ("prefix_cache_hit_rate", "cached"),
        ("ideal_cache_hit_rate", "ideal"),
        ("worst_turn", "slowest turn"),
    ],
    [("utilization", "of roof"), ("rss_peak_bytes", "memory"), ("true_tps", "true")],
];

/// As many of the core as keep their places.
const ROOMY: usize = 7;

/// Figures whose names are unknown here that are shown before the rest is
/// counted.
const UNKNOWN: usize = 6;

/// The lines of the block, and how many figures of a kind unknown here it leaves
/// out.
pub(super) fn lines(
    report: &WorkloadReport,
    notes: &mut Footnotes,
) -> (Vec<Vec<Option<Figure>>>, usize) {
    let summary = &report.summary;
    let core: Vec<Vec<Option<Figure>>> = CORE
        .iter()
        .map(|set| set.iter().map(|(name, label)| headline(name, label, summary, notes)).collect())
        .collect();
    let present: Vec<_> = core.iter().flatten().filter(|place| place.is_some()).cloned().collect();
    // Where only a few are there, the places of the others are not kept.
    let mut lines = match present.len() < ROOMY {
        true => present.chunks(3).map(<[_]>::to_vec).collect(),
        false => core,
    };
    for set in FURTHER {
        let mut line = Vec::new();
        for (name, label) in set {
            if let Some(metric) = shown(name, summary) {
                line.push(Some(figure(name, label, metric, notes)));
            }
        }
        lines.push(line);
    }
    let unknown = |(name, metric): &(&String, &Metric)| {
        !names::known(name) && metric.value.is_some_and(f64::is_finite)
    };
    let others: Vec<_> = summary.iter().filter(unknown).collect();
    for set in others.iter().take(UNKNOWN).collect::<Vec<_>>().chunks(3) {
        let figures =
            set.iter().map(|(name, metric)| Some(figure(name, &names::label(name), metric, notes)));
        lines.push(figures.collect());
    }
    // A place that stays empty at the end of a line is no place.
    for line in &mut lines {
        while line.last().is_some_and(Option::is_none) {
            line.pop();
        }
    }
    lines.retain(|line| !line.is_empty());
    (lines, others.len().saturating_sub(UNKNOWN))
}

/// A figure that every workload has, if this one has it.
fn headline(
    name: &str,
    label: &str,
    summary: &BTreeMap<String, Metric>,
    notes: &mut Footnotes,
) -> Option<Figure> {
    let metric = summary.get(name)?;
    Some(match name {
        "requests" => requests(metric, summary, label),
        _ => figure(name, label, metric, notes),
    })
}

/// A further figure, if it is to be shown: one with a value, and a missing hit
/// rate where a hit was to be had.
fn shown<'a>(name: &str, summary: &'a BTreeMap<String, Metric>) -> Option<&'a Metric> {
    let metric = summary.get(name)?;
    let wanted = name == "prefix_cache_hit_rate"
        && summary.get("ideal_cache_hit_rate").is_some_and(|ideal| ideal.value.is_some());
    (metric.value.is_some() || wanted).then_some(metric)
}

fn figure(name: &str, label: &str, metric: &Metric, notes: &mut Footnotes) -> Figure {
    let mark = metric.reason.as_ref().map(|reason| notes.mark(reason)).unwrap_or_default();
    match names::value(name, metric) {
        Some((value, _)) if name == "best_streams" => {
            let unit = if value == "1" { "stream" } else { "streams" };
            Figure::new(label, &value, unit, &mark)
        }
        Some((value, unit)) => Figure::new(label, &value, &unit, &mark),
        None => Figure::new(label, UNMEASURED, "", &mark),
    }
}

/// Requests that were answered, of all where some failed.
fn requests(answered: &Metric, summary: &BTreeMap<String, Metric>, label: &str) -> Figure {
    let failed = summary.get("failed_requests").and_then(|metric| metric.value).unwrap_or(0.0);
    let value = names::value("requests", answered).map_or(UNMEASURED.to_owned(), |(text, _)| text);
    let unit = match failed > 0.0 {
        true => format!("{failed:.0} failed"),
        false => String::new(),
    };
    Figure::new(label, &value, &unit, "")
}

/// What the figures rest on: how many observations, and whose clock, where it
/// is not the client's.
pub(super) fn basis(report: &WorkloadReport) -> String {
    let counts = |name: &str| ["requests", "best_streams", "worst_turn"].contains(&name);
    let mut groups: Vec<(u32, Vec<&str>)> = Vec::new();
    for (name, label) in CORE.iter().chain(&FURTHER).flatten() {
        let Some(metric) = shown(name, &report.summary) else { continue };
        if metric.value.is_none() || metric.source == MetricSource::Plan || counts(name) {
            continue;
        }
        match groups.iter_mut().find(|(n, _)| *n == metric.n) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((metric.n, vec![label])),
        }
    }
    let mut parts = Vec::new();
    let mut groups = groups.into_iter();
    if let Some((n, _)) = groups.next() {
        parts.push(format!("n = {}", thousands(n.into())));
    }
    parts.extend(groups.map(|(n, labels)| {
        let labels = labels.join(", ").replace("decode p", "p");
        format!("{labels}: {}", thousands(n.into()))
    }));
    let prefill = report.summary.get("prefill_tps").filter(|metric| metric.value.is_some());
    if prefill.is_some_and(|metric| metric.source == MetricSource::Server) {
        parts.push("prefill: server's clock".to_owned());
    }
    if ["prefill_kept_per_doubling", "decode_kept_per_doubling"]
        .iter()
        .any(|name| shown(name, &report.summary).is_some())
    {
        parts.push("kept: per doubling of the context".to_owned());
    }
    parts.join("; ")
}

/// The intervals of the rates and of TTFT, by kind; nothing where there are none.
pub(super) fn intervals(report: &WorkloadReport) -> Vec<String> {
    const SHOWN: [(&str, &str); 4] = [
        ("ttft_ms", "TTFT"),
        ("prefill_tps", "prefill"),
        ("decode_tps", "decode"),
        ("aggregate_tps", "together"),
    ];
    let of_kind = |range: bool| {
        let texts = SHOWN.iter().filter_map(|(name, label)| {
            let metric = report.summary.get(*name).filter(|metric| metric.value.is_some())?;
            let kind = metric.interval.as_ref()?.method == "range";
            (kind == range).then(|| Some(format!("{label} {}", names::interval(name, metric)?)))?
        });
        texts.collect::<Vec<_>>().join(", ")
    };
    [("95 % interval", of_kind(false)), ("range", of_kind(true))]
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(kind, texts)| format!("{kind}: {texts}"))
        .collect()
}
