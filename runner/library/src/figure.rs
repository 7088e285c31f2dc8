//! A figure of a result.

use tachograph_model::{Metric, RunResult};

/// A figure of a workload's summary, by its name in JSON: `decode_tps`, `ttft_ms`.
/// It has a value.
///
/// # Errors
/// Why there is no such figure, in a sentence: what was not measured is no zero.
pub fn figure<'r>(
    result: &'r RunResult,
    workload: &str,
    metric: &str,
) -> Result<&'r Metric, String> {
    let entry = result
        .workloads
        .iter()
        .find(|entry| entry.id.as_str() == workload)
        .ok_or_else(|| format!("the run has no workload `{workload}`"))?;
    let report = &entry.report;
    let found = report.summary.get(metric).ok_or_else(|| {
        let why = report.reason.clone();
        why.unwrap_or_else(|| format!("`{workload}` gives no figure `{metric}`"))
    })?;
    match (found.value, &found.reason) {
        (Some(_), _) => Ok(found),
        (None, Some(reason)) => Err(reason.clone()),
        (None, None) => Err("no reason was given".to_owned()),
    }
}
