//! A row of the device-profiling API, `POST /api/v1/benchmarks`.

use serde::{Deserialize, Serialize};

/// Who made a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionSource {
    /// A person who ran the program.
    Cli,
    /// A person who typed the figures.
    Manual,
    /// A machine that builds and tests.
    Ci,
}

/// One device, one model, one setting. The names of the fields are those of the
/// API; docs/sharing.md says which of our figures goes where.
///
/// What was not measured is left out; null is read as the same. Latency is that
/// of one request from its send to its last token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// What requests call the model.
    pub model: String,
    /// Bytes of weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_size_bytes: Option<u64>,
    /// In lower case, for example `q4_k_m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantization: Option<String>,
    /// The id of the driver, for example `llama-cpp`.
    pub backend: String,
    /// `linux`, `darwin` or `windows`.
    pub platform: String,
    /// `x86_64`, `arm64`, …
    pub arch: String,
    /// For example `Debian GNU/Linux 12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// The machine's first accelerator, for example `NVIDIA H200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<String>,
    /// Bytes of memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ram_total_bytes: Option<u64>,
    /// Requests that were timed, at least 1.
    pub iterations: u32,
    /// Prompt tokens of a request, the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Output tokens of a request, the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// The mean latency, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_latency_ms: Option<f64>,
    /// The least latency, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_latency_ms: Option<f64>,
    /// The largest latency, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_latency_ms: Option<f64>,
    /// The median latency, milliseconds; from 5 requests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_latency_ms: Option<f64>,
    /// The 90th percentile, milliseconds; from 29 requests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_latency_ms: Option<f64>,
    /// The 95th percentile, milliseconds; from 59 requests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_latency_ms: Option<f64>,
    /// The 99th percentile, milliseconds; from 299 requests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_latency_ms: Option<f64>,
    /// From the send to the first token, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// From token to token after the first, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<f64>,
    /// The decode rate over all requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_tokens_per_second: Option<f64>,
    /// The decode rate of the fastest request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_tokens_per_second: Option<f64>,
    /// The most memory that the backend's processes held, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// Who made the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SubmissionSource>,
}
