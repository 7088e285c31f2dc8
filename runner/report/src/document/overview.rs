//! All workloads side by side.

use tachograph_model::{RunResult, WorkloadStatus};

use super::{Cell, Column, Notes, Table, figures, status_word};
use crate::{
    names,
    text::{clean, cut},
};

/// The figures that are compared, in order.
const COMPARED: &[&str] = &[
    "ttft_ms",
    "prefill_tps",
    "decode_tps",
    "decode_p50_latency_ms",
    "decode_p95_latency_ms",
    "prompt_tokens",
    "output_tokens",
    "wall_ms",
];

/// Characters that a name from a plugin may take.
const NAME: usize = 48;

/// How many workloads gave figures.
pub(super) fn verdict(result: &RunResult) -> String {
    let count =
        |status| result.workloads.iter().filter(|entry| entry.report.status == status).count();
    let all = result.workloads.len();
    let of_all = if all == 1 { "1 workload".to_owned() } else { format!("{all} workloads") };
    let mut parts = vec![format!("{} of {of_all} measured", count(WorkloadStatus::Measured))];
    let others = [
        (WorkloadStatus::Partial, "in part"),
        (WorkloadStatus::Skipped, "skipped"),
        (WorkloadStatus::Failed, "failed"),
    ];
    parts.extend(others.into_iter().filter_map(|(status, word)| match count(status) {
        0 => None,
        n => Some(format!("{n} {word}")),
    }));
    parts.join(", ")
}

pub(super) fn overview(result: &RunResult) -> (Table, Vec<String>) {
    let mut notes = Notes::default();
    let mut table = Table {
        caption: "All workloads side by side".to_owned(),
        columns: vec![Column::words("workload"), Column::words("result")],
        rows: result
            .workloads
            .iter()
            .map(|entry| {
                let report = &entry.report;
                let id = cut(&clean(&report.workload), NAME);
                vec![Cell::text(id), Cell::text(status_word(report.status))]
            })
            .collect(),
    };
    for name in COMPARED {
        let metrics: Vec<_> =
            result.workloads.iter().map(|entry| entry.report.summary.get(*name)).collect();
        if metrics.iter().all(Option::is_none) {
            continue;
        }
        let absent = "this workload has no such figure";
        let (column, cells) =
            figures::column(name, &names::label(name), &metrics, absent, &mut notes);
        table.columns.push(column);
        for ((row, mut cell), entry) in table.rows.iter_mut().zip(cells).zip(&result.workloads) {
            // Of what did not run, the reason says more.
            let report = &entry.report;
            let none = report.summary.is_empty();
            if let Some(reason) = report.reason.as_ref().filter(|_| none) {
                cell.note = Some(notes.index(&clean(reason)));
            }
            row.push(cell);
        }
    }
    tidy(table, notes.0)
}

/// The notes that cells name, numbered in the order in which they are read.
fn tidy(mut table: Table, notes: Vec<String>) -> (Table, Vec<String>) {
    let mut kept = Notes::default();
    for cell in table.rows.iter_mut().flatten() {
        cell.note = cell.note.and_then(|note| notes.get(note)).map(|note| kept.index(note));
    }
    (table, kept.0)
}
