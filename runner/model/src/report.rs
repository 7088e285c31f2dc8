//! What a workload makes of its samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Flag, Metric};

/// Whether a workload gave numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadStatus {
    /// Everything planned was measured.
    Measured,
    /// Some parts were skipped or failed.
    Partial,
    /// Nothing was measured, for a reason that is no fault.
    Skipped,
    /// Nothing could be measured.
    Failed,
}

/// The report of one workload, written by its plugin from the samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadReport {
    /// The id of the workload.
    pub workload: String,
    /// Whether it gave numbers.
    pub status: WorkloadStatus,
    /// Why not, when it did not.
    pub reason: Option<String>,
    /// One line for people, for example `decodes 812 tok/s, first token after 31 ms`.
    pub verdict: String,
    /// The headline figures: `ttft_ms`, `prefill_tps`, `decode_tps`,
    /// `decode_p50_latency_ms`, `decode_p95_latency_ms`, `prompt_tokens`,
    /// `output_tokens`, `wall_ms`, `prefix_cache_hit_rate`, and others.
    pub summary: BTreeMap<String, Metric>,
    /// Tables: curves over context, points over streams, turns.
    pub parts: Vec<Part>,
    /// What was left out, and why.
    pub skipped: Vec<SkippedPart>,
    /// Doubts.
    pub flags: Vec<Flag>,
}

/// A table of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// For example `decay over context`.
    pub title: String,
    /// What the rows differ in: `context`, `streams`, `turn`.
    pub key: String,
    /// The metric names, in the order of the columns.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The value of the part's key, for example 32768.
    pub at: i64,
    /// A word beside it, for example the kind of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The figures by name.
    pub metrics: BTreeMap<String, Metric>,
}

/// A part of the plan that was not measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SkippedPart {
    /// What, for example `context 131072`.
    pub what: String,
    /// Why.
    pub reason: String,
}
