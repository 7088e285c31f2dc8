//! One workload.

use tachograph_model::{Metric, MetricSource, WorkloadReport, WorkloadStatus};

use super::{flags, part::part, rule};
use crate::{
    footnotes::Footnotes,
    names,
    number::UNMEASURED,
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{clean, hanging},
};

/// The report of one workload: verdict, headline figures, tables, what was left
/// out, doubts.
pub fn workload(report: &WorkloadReport, style: Style) -> String {
    let (word, ink) = status(report.status);
    let mut out = rule(&report.workload, word, ink, style);
    // Where the reason is a skipped part, it stands with the others below.
    let skipped = |reason: &&String| {
        report.skipped.iter().any(|part| **reason == format!("{}: {}", part.what, part.reason))
    };
    let reason = report.reason.as_ref().filter(|reason| !skipped(reason));
    for text in [Some(&report.verdict), reason].into_iter().flatten() {
        if !clean(text).is_empty() {
            paragraph(&mut out, "  ", text, Ink::Plain, style);
        }
    }
    let mut notes = Footnotes::default();
    if !report.summary.is_empty() {
        out.push('\n');
        out.push_str(&summary(report, &mut notes).render(style, 2));
    }
    for table in report.parts.iter().filter(|table| !table.rows.is_empty()) {
        out.push('\n');
        paragraph(&mut out, "  ", &table.title, Ink::Strong, style);
        out.push_str(&part(table, &mut notes, style));
    }
    let notes = notes.render(style, 2);
    if !notes.is_empty() {
        out.push('\n');
        out.push_str(&notes);
    }
    if !report.skipped.is_empty() {
        out.push('\n');
        for skipped in &report.skipped {
            let text = format!("{}: {}", skipped.what, skipped.reason);
            paragraph(&mut out, "  skipped  ", &text, Ink::Plain, style);
        }
    }
    if !report.flags.is_empty() {
        out.push('\n');
        out.push_str(&flags(&report.flags, style));
    }
    out
}

fn status(status: WorkloadStatus) -> (&'static str, Ink) {
    match status {
        WorkloadStatus::Measured => ("measured", Ink::Good),
        WorkloadStatus::Partial => ("partial", Ink::Doubt),
        WorkloadStatus::Skipped => ("skipped", Ink::Quiet),
        WorkloadStatus::Failed => ("failed", Ink::Bad),
    }
}

fn paragraph(out: &mut String, head: &str, text: &str, ink: Ink, style: Style) {
    for line in hanging(head, text, style.columns()) {
        out.push_str(&style.paint(ink, &line));
        out.push('\n');
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

fn source(source: MetricSource) -> &'static str {
    match source {
        MetricSource::Client => "client",
        MetricSource::Server => "server",
        MetricSource::Plan => "plan",
    }
}
