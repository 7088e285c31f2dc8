//! The forms in which a result is given to others.

use serde::{Deserialize, Serialize};

use crate::{
    Digest, HarnessSection, ModelIdentity, Name, PluginUsed, RunResult, RunnerBuild, SuiteUsed,
    WorkloadReport,
};

/// A sealed result and its seal in one document.
///
/// The canonical JSON (RFC 8785) of `result` are the bytes that were sealed, so
/// the seal can be checked however the document is spaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SharedResult {
    /// Always `shared-result`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The result, unchanged.
    pub result: RunResult,
    /// The text of its minisign signature.
    pub seal: String,
}

/// A result of which the machine is known by a hash alone.
///
/// It has no seal: the seal covers what was taken out, and a key would tie all
/// such results of a user together. It is made from a sealed result by a fixed
/// rule, so whoever holds the sealed result can show where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnonymousResult {
    /// Always `anonymous-result`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The day of the run: whole days since 1970-01-01, UTC.
    pub day: u64,
    /// The suite, by its exact bytes.
    pub suite: SuiteUsed,
    /// The runner that measured; its target tells architecture and system.
    pub runner: RunnerBuild,
    /// The plugins that were used.
    pub plugins: Vec<PluginUsed>,
    /// The server that was measured.
    pub backend: AnonymousBackend,
    /// The model that was measured.
    pub model: ModelIdentity,
    /// The hash of the machine's fingerprint. Machines that are alike in every
    /// field of the fingerprint have the same.
    pub fingerprint: Digest,
    /// One entry a workload, in the order of the suite.
    pub workloads: Vec<AnonymousWorkload>,
    /// What the harness says of itself.
    pub harness: HarnessSection,
    /// The codes of the doubts about the whole run; their sentences may describe
    /// the machine.
    pub flags: Vec<String>,
}

/// The server of an anonymous result; none of its other models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnonymousBackend {
    /// The driver that spoke to it.
    pub driver: Name,
    /// `built-in`, `launched`, `hosted` or `found`.
    pub origin: String,
    /// The preset of a hosted API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Name>,
    /// Whether it runs on the machine that measured.
    pub local: bool,
    /// What it calls itself.
    pub name: String,
    /// Its version, as it states it.
    pub version: Option<String>,
    /// Requests that it works on at once, when it says so.
    pub slots: Option<u32>,
}

/// A workload of an anonymous result, without its requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnonymousWorkload {
    /// The id of the workload.
    pub id: Name,
    /// The digest of its plan.
    pub plan: Option<Digest>,
    /// What the plugin made of the samples.
    pub report: WorkloadReport,
    /// Nanoseconds from the first send to the last byte, pauses included.
    pub wall_ns: Option<u64>,
}
