//! One workload.

use tachograph_model::{Metric, Part, WorkloadReport, WorkloadStatus};

use super::{Cell, Column, Notes, Section, Table, doubts, figures};
use crate::{
    names,
    number::{UNMEASURED, thousands},
    terminal::workload::{skipped_parts, source, words},
    text::{clean, cut},
};

/// Characters that a name from a plugin may take.
const NAME: usize = 48;

pub(super) fn section(report: &WorkloadReport) -> Section {
    let mut notes = Notes::default();
    let mut tables = Vec::new();
    // Of what was skipped there is nothing but dashes.
    if report.status != WorkloadStatus::Skipped {
        if !report.summary.is_empty() {
            tables.push(summary(report, &mut notes));
        }
        let parts = report.parts.iter().filter(|part| !part.rows.is_empty());
        tables.extend(parts.map(|part| part_table(part, &mut notes)));
    }
    Section {
        id: clean(&report.workload),
        status: report.status,
        words: words(report).iter().map(|text| clean(text)).collect(),
        tables,
        notes: notes.0,
        skipped: skipped_parts(report).iter().map(|text| clean(text)).collect(),
        doubts: doubts(&report.flags),
    }
}

/// The headline figures, the best known first.
fn summary(report: &WorkloadReport, notes: &mut Notes) -> Table {
    let mut metrics: Vec<(&String, &Metric)> = report.summary.iter().collect();
    metrics.sort_by_key(|(name, _)| names::position(name));
    // One trial has no interval.
    let spread = metrics.iter().any(|(name, metric)| figures::interval(name, metric).is_some());
    let rows = metrics.into_iter().map(|(name, metric)| {
        let note = figures::note(metric, notes);
        let (value, unit) =
            figures::single(name, metric).unwrap_or_else(|| (UNMEASURED.to_owned(), String::new()));
        let interval = figures::interval(name, metric).map(|ends| match &metric.interval {
            Some(interval) if interval.method == "range" => format!("{ends} (range)"),
            _ => ends,
        });
        let mut row = vec![
            Cell::text(cut(&clean(&names::label(name)), NAME)),
            Cell { text: clean(&value), note },
            Cell::text(unit),
        ];
        if spread {
            row.push(Cell::text(interval.unwrap_or_default()));
        }
        row.extend([Cell::text(thousands(metric.n.into())), Cell::text(source(metric.source))]);
        row
    });
    let rows = rows.collect();
    let mut columns =
        vec![Column::words("figure"), Column::figures("value", ""), Column::words("unit")];
    if spread {
        columns.push(Column::words("95 % interval"));
    }
    columns.extend([Column::figures("n", ""), Column::words("measured by")]);
    Table { caption: "Figures".to_owned(), columns, rows }
}

fn part_table(part: &Part, notes: &mut Notes) -> Table {
    let unit = if part.key == "context" { "tokens" } else { "" };
    let key = cut(&clean(&part.key.replace('_', " ")), NAME);
    let mut columns = vec![Column::figures(&key, unit)];
    let at = |at: i64| u64::try_from(at).map_or_else(|_| at.to_string(), thousands);
    let mut rows: Vec<Vec<Cell>> =
        part.rows.iter().map(|row| vec![Cell::text(at(row.at))]).collect();
    if part.rows.iter().any(|row| row.label.is_some()) {
        columns.push(Column::words("kind"));
        for (cells, row) in rows.iter_mut().zip(&part.rows) {
            cells.push(Cell::text(cut(&clean(row.label.as_deref().unwrap_or_default()), NAME)));
        }
    }
    for name in &part.columns {
        let metrics: Vec<_> = part.rows.iter().map(|row| row.metrics.get(name)).collect();
        let absent = "this row has no such figure";
        let (column, cells) = figures::column(name, &names::head(name), &metrics, absent, notes);
        columns.push(column);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    Table { caption: clean(&part.title), columns, rows }
}
