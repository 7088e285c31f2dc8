//! Several results in one table: one line a backend.

use tachograph_model::{RunResult, WorkloadStatus};

use crate::{
    number::{UNMEASURED, short},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, cut_middle},
};

/// A figure of the table: its head and unit, the workload and the metric that
/// it is, and what it is divided by.
struct Figure {
    head: &'static str,
    unit: &'static str,
    workload: &'static str,
    metric: &'static str,
    per: f64,
}

const FIGURES: [Figure; 5] = [
    Figure::of("TTFT", "ms", "chat-short", "ttft_ms", 1.0),
    Figure::of("decode", "tok/s", "chat-short", "decode_tps", 1.0),
    Figure::of("prefill", "tok/s", "chat-long", "prefill_tps", 1.0),
    Figure::of("together", "tok/s", "concurrent-decode", "aggregate_tps", 1.0),
    Figure::of("agent", "s", "agent-trace", "wall_ms", 1000.0),
];

impl Figure {
    const fn of(
        head: &'static str,
        unit: &'static str,
        workload: &'static str,
        metric: &'static str,
        per: f64,
    ) -> Self {
        Self { head, unit, workload, metric, per }
    }

    fn value(&self, result: &RunResult) -> Option<f64> {
        let workload = result.workloads.iter().find(|w| w.id.as_str() == self.workload)?;
        let metric = workload.report.summary.get(self.metric)?;
        Some(metric.value? / self.per)
    }
}

/// Results of one suite in the order given. TTFT and decode are of chat-short,
/// prefill of chat-long, `together` of the best step of concurrent-decode, and
/// `agent` is the wall time of agent-trace.
pub fn side_by_side(results: &[&RunResult], style: Style) -> String {
    let mut columns =
        vec![Column::left("backend").name(), Column::left("model").name(), Column::left("weights")];
    columns.extend(FIGURES.iter().map(|figure| Column::right(figure.head).under(figure.unit)));
    columns.push(Column::left("done"));
    let mut table = Table::new(columns);
    for result in results {
        let measured =
            |w: &&tachograph_model::WorkloadResult| w.report.status == WorkloadStatus::Measured;
        let done = result.workloads.iter().filter(measured).count();
        let all = result.workloads.len();
        let mut cells = vec![
            Cell::new(Ink::Strong, &cut(&result.backend.info.name, 24)),
            Cell::plain(cut_middle(&result.model.id, 32)),
            Cell::plain(cut(&result.model.quantization, 10)),
        ];
        cells.extend(FIGURES.iter().map(|figure| {
            Cell::plain(figure.value(result).map_or_else(|| UNMEASURED.to_owned(), short))
        }));
        let ink = if done == all { Ink::Good } else { Ink::Doubt };
        cells.push(Cell::new(ink, &format!("{done}/{all}")));
        table.row(cells);
    }
    table.render(style, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn one_line_a_backend() {
        let full = fixture::result();
        let mut other = full.clone();
        other.backend.info.name = "vLLM".into();
        other.backend.info.version = Some("0.32.0".into());
        other.workloads.truncate(1);
        let text = side_by_side(&[&full, &other], Style::plain(80));
        insta::assert_snapshot!("side_by_side", fixture::fits(&text));
    }
}
