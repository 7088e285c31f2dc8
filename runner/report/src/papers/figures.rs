//! Figures of a result by where they stand.

use tachograph_model::{Metric, Part, Row, RunResult, WorkloadReport};

/// A figure, or why there is none.
pub(super) type Figure = Result<f64, String>;

/// The report of a workload.
pub(super) fn report<'r>(result: &'r RunResult, workload: &str) -> Option<&'r WorkloadReport> {
    let found = result.workloads.iter().find(|entry| entry.id.as_str() == workload)?;
    Some(&found.report)
}

/// A figure of a workload's summary.
pub(super) fn of(result: &RunResult, workload: &str, metric: &str) -> Figure {
    let report =
        report(result, workload).ok_or_else(|| format!("the run has no workload `{workload}`"))?;
    match report.summary.get(metric) {
        Some(metric) => value(metric),
        None => Err(report.reason.clone().unwrap_or_else(|| {
            format!("`{workload}` does not give {}", crate::names::label(metric))
        })),
    }
}

/// The table of a workload over a key, which has a column.
pub(super) fn part<'r>(
    result: &'r RunResult,
    workload: &str,
    key: &str,
    column: &str,
) -> Option<&'r Part> {
    let mut parts = report(result, workload)?.parts.iter();
    parts.find(|part| part.key == key && part.columns.iter().any(|known| known == column))
}

/// A figure of a row.
pub(super) fn at(row: &Row, metric: &str) -> Figure {
    match row.metrics.get(metric) {
        Some(metric) => value(metric),
        None => Err(format!("this row does not give {}", crate::names::label(metric))),
    }
}

/// A figure of the row of a table that has a label.
pub(super) fn labelled(part: Option<&Part>, label: &str, metric: &str) -> Figure {
    let part = part.ok_or_else(|| "the run does not measure this".to_owned())?;
    let row = part.rows.iter().find(|row| row.label.as_deref() == Some(label));
    at(row.ok_or_else(|| format!("there is no row `{label}`"))?, metric)
}

/// A figure of the row of a table at a place.
pub(super) fn placed(part: Option<&Part>, place: i64, metric: &str) -> Figure {
    let part = part.ok_or_else(|| "the run does not measure this".to_owned())?;
    let row = part.rows.iter().find(|row| row.at == place);
    at(row.ok_or_else(|| format!("there is no row for {place}"))?, metric)
}

fn value(metric: &Metric) -> Figure {
    metric
        .value
        .ok_or_else(|| metric.reason.clone().unwrap_or_else(|| "no reason was given".to_owned()))
}
