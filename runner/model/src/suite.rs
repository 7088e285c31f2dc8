//! The suite manifest: a signed, versioned list of workloads and their plugins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Capabilities, Digest, Name};

/// Which of a suite's profiles a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProfileName {
    /// Under half a minute on a fast GPU; one trial.
    Quick,
    /// The default; five trials.
    Standard,
    /// For publication; ten trials.
    Publish,
}

/// A suite manifest. Its identity is the digest of its raw bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Always `suite`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The name, for example `suite-v2`.
    pub name: Name,
    /// The version of the suite.
    pub version: String,
    /// The day of release, `YYYY-MM-DD`.
    pub released: String,
    /// The version of the metric definitions.
    pub metrics: String,
    /// One or two lines for people.
    pub description: String,
    /// The seed of every generated text.
    pub seed: u64,
    /// The profiles: `quick`, `standard`, `publish`.
    pub profiles: BTreeMap<ProfileName, Profile>,
    /// The workloads, in the order they run.
    pub workload: Vec<WorkloadEntry>,
    /// The official drivers, in the order they are tried.
    pub driver: Vec<DriverEntry>,
    /// Pinned texts.
    #[serde(default)]
    pub corpus: Vec<Corpus>,
}

/// How much a profile measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Measured repetitions of each workload.
    pub trials: u32,
    /// Warm-up repetitions of each workload.
    pub warmup: u32,
    /// Seconds that one workload may plan to take; steps beyond it are skipped
    /// with the reason.
    pub budget_s: u32,
}

/// A workload of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadEntry {
    /// The id that reports use, for example `chat-short`.
    pub id: Name,
    /// Its short name, for example `W1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The plugin that implements it.
    pub plugin: PluginRef,
    /// Its parameters; the plugin's own schema checks them.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Parameters that a profile changes.
    #[serde(default)]
    pub profile: BTreeMap<ProfileName, BTreeMap<String, serde_json::Value>>,
}

/// An official driver of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriverEntry {
    /// The id that `--backend` takes.
    pub id: Name,
    /// The plugin that implements it.
    pub plugin: PluginRef,
    /// What the suite permits it; what its manifest asks beyond is refused.
    #[serde(default)]
    pub capabilities: Capabilities,
}

/// A plugin by its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PluginRef {
    /// The id in the plugin's own manifest.
    pub id: Name,
    /// The version in the plugin's own manifest.
    pub version: String,
    /// The digest of the component.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// A pinned text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// The id that parameters name.
    pub id: Name,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
}
