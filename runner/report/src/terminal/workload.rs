//! One workload, with every figure.

use tachograph_model::{Metric, MetricSource, WorkloadReport, WorkloadStatus};

use super::{flags, paragraph, part::part, rule};
use crate::{
    footnotes::Footnotes,
    names,
    number::UNMEASURED,
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::clean,
};

/// The whole report of one workload.
pub(super) fn workload(report: &WorkloadReport, style: Style) -> String {
    let (word, ink) = status(report.status);
    let mut out = rule(&report.workload, word, ink, style);
    for text in words(report) {
        paragraph(&mut out, "  ", text, Ink::Plain, style);
    }
    let mut notes = Footnotes::default();
    // Of what was skipped there is nothing but dashes.
    let ran = report.status != WorkloadStatus::Skipped;
    if ran && !report.summary.is_empty() {
        out.push('\n');
        out.push_str(&summary(report, &mut notes).render(style, 2));
    }
    for table in report.parts.iter().filter(|table| ran && !table.rows.is_empty()) {
        out.push('\n');
        paragraph(&mut out, "  ", &table.title, Ink::Strong, style);
        out.push_str(&part(table, &mut notes, style));
    }
    let notes = notes.render(style, 2);
    if !notes.is_empty() {
        out.push('\n');
        out.push_str(&notes);
    }
    let left_out = skipped_parts(report);
    if !left_out.is_empty() {
        out.push('\n');
        for text in left_out {
            paragraph(&mut out, "  skipped  ", &text, Ink::Plain, style);
        }
    }
    if !report.flags.is_empty() {
        out.push('\n');
        out.push_str(&flags(&report.flags, style));
    }
    out
}

/// The verdict and the reason, each once and whole.
///
/// A workload without figures has its reason for a verdict, perhaps cut to one
/// line; the reason says it in full. Where a workload with figures gives a
/// skipped part for its reason, that stands among the skipped parts.
pub(crate) fn words(report: &WorkloadReport) -> Vec<&str> {
    let reason = report.reason.as_deref().filter(|reason| !clean(reason).is_empty());
    let part = |reason: &&str| {
        report.skipped.iter().any(|part| **reason == format!("{}: {}", part.what, part.reason))
    };
    let lines = match reason {
        // The workload itself may be the part that was skipped; its id is above.
        Some(reason) if without_figures(report) => {
            let id = reason.strip_prefix(report.workload.as_str());
            [None, Some(id.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason))]
        }
        _ => [Some(report.verdict.as_str()), reason.filter(|reason| !part(reason))],
    };
    lines.into_iter().flatten().filter(|text| !clean(text).is_empty()).collect()
}

/// The parts that were left out and why, but for the one that [`words`] gave.
pub(crate) fn skipped_parts(report: &WorkloadReport) -> Vec<String> {
    let all = report.skipped.iter().map(|part| format!("{}: {}", part.what, part.reason));
    all.filter(|text| !(without_figures(report) && report.reason.as_ref() == Some(text))).collect()
}

/// Whether nothing was answered.
pub(super) fn without_figures(report: &WorkloadReport) -> bool {
    matches!(report.status, WorkloadStatus::Skipped | WorkloadStatus::Failed)
}

/// A status in a word, and its colour.
pub(crate) fn status(status: WorkloadStatus) -> (&'static str, Ink) {
    match status {
        WorkloadStatus::Measured => ("measured", Ink::Good),
        WorkloadStatus::Partial => ("partial", Ink::Doubt),
        WorkloadStatus::Skipped => ("skipped", Ink::Quiet),
        WorkloadStatus::Failed => ("failed", Ink::Bad),
    }
}

/// The headline figures, the best known first.
fn summary(report: &WorkloadReport, notes: &mut Footnotes) -> Table {
    let mut metrics: Vec<(&String, &Metric)> = report.summary.iter().collect();
    metrics.sort_by_key(|(name, _)| names::position(name));
    let shown = metrics.iter().filter(|(_, metric)| metric.value.is_some());
    let methods = shown.filter_map(|(_, metric)| metric.interval.as_ref());
    let (ranges, intervals): (Vec<_>, Vec<_>) = methods.partition(|i| i.method == "range");
    let interval_head = match (ranges.is_empty(), intervals.is_empty()) {
        (true, true) => "",
        (false, true) => "range",
        (true, false) => "95 % interval",
        (false, false) => "95 % interval, r = range",
    };
    let mixed = !ranges.is_empty() && !intervals.is_empty();
    let mut table = Table::new(vec![
        Column::left("").flexible(),
        Column::right("value"),
        Column::left(""),
        Column::left(interval_head),
        Column::right("n"),
        Column::left("by"),
    ]);
    for (name, metric) in metrics {
        let mark = metric.reason.as_ref().map(|reason| notes.mark(reason)).unwrap_or_default();
        let interval = metric.value.and_then(|_| names::interval(name, metric));
        // Mixed columns mark their ranges.
        let interval = interval.map(|text| match &metric.interval {
            Some(i) if i.method == "range" && mixed => format!("{text} r"),
            _ => text,
        });
        let interval = interval.unwrap_or_default();
        let (value, unit) = match names::value(name, metric) {
            Some((value, unit)) => (Cell::new(Ink::Strong, &value), unit),
            None => (Cell::plain(UNMEASURED), String::new()),
        };
        table.row(vec![
            Cell::plain(names::label(name)),
            value.marked(&mark),
            Cell::new(Ink::Quiet, &unit),
            Cell::plain(interval),
            Cell::plain(crate::number::thousands(metric.n.into())),
            Cell::new(Ink::Quiet, source(metric.source)),
        ]);
    }
    table
}

/// Who measured a figure, in a word.
pub(crate) fn source(source: MetricSource) -> &'static str {
    match source {
        MetricSource::Client => "client",
        MetricSource::Server => "server",
        MetricSource::Plan => "plan",
    }
}
