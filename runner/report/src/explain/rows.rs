//! Figures of a result by name.

use tachograph_model::{Row, RunResult, WorkloadResult};

/// A workload of the result, if it gave numbers.
pub(super) fn workload<'a>(result: &'a RunResult, id: &str) -> Option<&'a WorkloadResult> {
    result.workloads.iter().find(|workload| workload.id.as_str() == id)
}

/// The rows of a workload's table with that key.
pub(super) fn rows<'a>(result: &'a RunResult, id: &str, key: &str) -> &'a [Row] {
    let parts = workload(result, id).map_or(&[][..], |workload| &workload.report.parts);
    parts.iter().find(|part| part.key == key).map_or(&[], |part| &part.rows)
}

/// A figure of a row, if it was measured.
pub(super) fn figure(row: &Row, name: &str) -> Option<f64> {
    row.metrics.get(name)?.value
}

/// A figure of a workload's summary, if it was measured.
pub(super) fn summary(result: &RunResult, id: &str, name: &str) -> Option<f64> {
    workload(result, id)?.report.summary.get(name)?.value
}
