//! Putting a report together.

use std::collections::BTreeMap;

use tachograph_model::{Flag, Metric, Part, Sample, WorkloadReport, WorkloadStatus};

use super::{Coverage, clamp_verdict};

/// What a workload adds to the report that all share.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// The headline figures.
    pub summary: BTreeMap<String, Metric>,
    /// The tables.
    pub parts: Vec<Part>,
    /// Doubts.
    pub flags: Vec<Flag>,
    /// The verdict when there are numbers.
    pub verdict: String,
}

impl Assembly {
    /// The report: status and reason from the coverage, and for a workload
    /// without numbers a verdict that says so.
    pub fn report(
        self,
        workload: &str,
        coverage: &Coverage,
        samples: &[&Sample],
    ) -> WorkloadReport {
        let (status, reason) = coverage.status(samples);
        let because = reason.as_deref().unwrap_or("no reason is known");
        let verdict = match status {
            WorkloadStatus::Skipped => format!("skipped: {because}"),
            WorkloadStatus::Failed => format!("failed: {because}"),
            WorkloadStatus::Measured | WorkloadStatus::Partial => self.verdict,
        };
        WorkloadReport {
            workload: workload.to_owned(),
            status,
            verdict: clamp_verdict(&verdict),
            reason,
            summary: self.summary,
            parts: self.parts,
            skipped: coverage.skipped.clone(),
            flags: self.flags,
        }
    }
}
