//! The sealed result of a run.

use serde::{Deserialize, Serialize};

use crate::{
    BackendInfo, Digest, Fingerprint, Flag, Name, Pin, ProfileName, Sample, WorkloadReport,
};

/// The result of a run. Its canonical JSON (RFC 8785) is what is signed, and
/// the run id is the SHA-256 of those bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Always `result`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// When the run began, seconds since 1970 by the machine's wall clock.
    pub started_unix_s: u64,
    /// The suite, by its exact bytes.
    pub suite: SuiteUsed,
    /// The runner that measured.
    pub runner: RunnerBuild,
    /// The plugins that were used.
    pub plugins: Vec<PluginUsed>,
    /// The server that was measured.
    pub backend: BackendSection,
    /// The model that was measured.
    pub model: ModelIdentity,
    /// The machine that measured.
    pub fingerprint: Fingerprint,
    /// The words that made this run's cold prompts new.
    pub nonce: String,
    /// One entry a workload, in the order of the suite.
    pub workloads: Vec<WorkloadResult>,
    /// What the harness says of itself.
    pub harness: HarnessSection,
    /// The digest that ends the tape's hash chain.
    pub tape: Digest,
    /// The public key of the run key, in minisign's text form.
    pub sealed_by: String,
    /// Doubts about the whole run.
    pub flags: Vec<Flag>,
}

/// The suite of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SuiteUsed {
    /// `suite-v2@sha256:…`.
    pub pin: Pin,
    /// The version of the suite.
    pub version: String,
    /// The version of the metric definitions.
    pub metrics: String,
    /// The profile.
    pub profile: ProfileName,
    /// Settings that the user changed, for example `iterations = 3`; a run with
    /// any does not rank with one without.
    pub overrides: std::collections::BTreeMap<String, String>,
}

/// The build of the runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunnerBuild {
    /// The version of `tacho`.
    pub version: String,
    /// The target triple's parts: architecture and system.
    pub target: String,
    /// The version of wasmtime.
    pub wasmtime: String,
}

/// A plugin that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PluginUsed {
    /// Its id.
    pub id: Name,
    /// Its version.
    pub version: String,
    /// The digest of its component.
    pub sha256: Digest,
    /// The ABI it was built for.
    pub abi: String,
    /// Whether the suite pins it.
    pub official: bool,
}

/// The server that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BackendSection {
    /// The driver that spoke to it.
    pub driver: Name,
    /// `built-in`, `launched` or `found`.
    pub origin: String,
    /// Whether it runs on this machine.
    pub local: bool,
    /// What it said of itself; local paths are left out.
    pub info: BackendInfo,
}

/// The model that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelIdentity {
    /// What requests call it, without any path.
    pub id: String,
    /// The quantization; `unknown` does not rank.
    pub quantization: String,
    /// The strongest identity there is.
    pub digest: Option<String>,
    /// How it was obtained, or why there is none.
    pub digest_source: String,
    /// Parameters.
    pub parameters: Option<u64>,
    /// Bytes of weights.
    pub size_bytes: Option<u64>,
}

/// One workload of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadResult {
    /// The id of the workload.
    pub id: Name,
    /// The SHA-256 of all its steps in canonical JSON, the nonce taken out:
    /// equal plans have equal digests.
    pub plan: Option<Digest>,
    /// What the plugin made of the samples.
    pub report: WorkloadReport,
    /// The samples, without their reads, which stay on the tape.
    pub samples: Vec<Sample>,
    /// Nanoseconds from the first send to the last byte, pauses included.
    pub wall_ns: Option<u64>,
}

/// What the harness says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HarnessSection {
    /// Added latency against an in-process server with a known schedule, p50,
    /// nanoseconds.
    pub added_latency_p50_ns: Option<u64>,
    /// The same, p99 where n allows, else the maximum.
    pub added_latency_max_ns: Option<u64>,
    /// Events that the self-test rests on.
    pub self_test_n: u32,
    /// Share of all processor time that the harness used while measuring, 0 to 1.
    pub cpu_share: Option<f64>,
    /// The largest lateness of a send against its schedule, nanoseconds.
    pub max_lateness_ns: Option<u64>,
    /// The least share of the streams asked for that were held at once, 0 to 1.
    pub streams_held: Option<f64>,
}
