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
    /// The challenge that the nonce follows from, when the run answers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<crate::ChallengeUsed>,
    /// One entry a workload, in the order of the suite.
    pub workloads: Vec<WorkloadResult>,
    /// What the harness says of itself.
    pub harness: HarnessSection,
    /// What the machine did meanwhile, when it was watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<crate::Telemetry>,
    /// What the memory allows; absent in the first results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roof: Option<crate::Roof>,
    /// What speaks for the figures, and what against them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<crate::Evidence>,
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
    /// `built-in`, `launched`, `hosted` or `found`.
    pub origin: String,
    /// The preset of a hosted API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Name>,
    /// How this run started it, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<LaunchUsed>,
    /// What the run cost at the prices that the user gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostSection>,
    /// Whether it runs on this machine.
    pub local: bool,
    /// What it said of itself; local paths are left out.
    pub info: BackendInfo,
}

/// How a run started its backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LaunchUsed {
    /// The recipe of the driver's manifest.
    pub recipe: Name,
    /// From the start of the program to its first answer that it is ready,
    /// nanoseconds. The model is loaded by then.
    pub load_ns: u64,
}

/// What a run cost, by the token counts that the server stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CostSection {
    /// The prices.
    pub prices: Prices,
    /// The most that the run was allowed to cost, USD.
    pub limit_usd: Option<f64>,
    /// What it cost, USD, of the requests whose tokens are known.
    pub spent_usd: f64,
    /// Requests whose tokens the server did not state.
    pub unknown_requests: u32,
}

/// Prices of a hosted model, USD per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Prompt tokens.
    pub input: f64,
    /// Prompt tokens from a cache; as `input` when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<f64>,
    /// Output tokens, reasoning included.
    pub output: f64,
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
    /// The shape, from the model's files; absent when they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<ModelShape>,
}

impl ModelIdentity {
    /// The first 16 hexadecimal digits of the digest, to tell models apart in a
    /// table.
    pub fn short_digest(&self) -> Option<&str> {
        let digest = self.digest.as_deref()?;
        let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
        hex.get(..16)
    }
}

/// The shape of a model, as its files state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelShape {
    /// For example `llama`.
    pub architecture: Option<String>,
    /// Blocks of the network.
    pub layers: Option<u64>,
    /// Query heads of a layer.
    pub heads: Option<u64>,
    /// Key and value heads of a layer.
    pub kv_heads: Option<u64>,
    /// Width of a key head.
    pub head_dim: Option<u64>,
    /// The longest context it was made for, tokens.
    pub context_length: Option<u64>,
    /// Bytes of one token in a KV cache of 16-bit numbers.
    pub kv_bytes_per_token: Option<u64>,
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
    /// The SHA-256 of the challenge and of the same steps with the nonce in
    /// place, when the run answers a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenged_plan: Option<Digest>,
    /// What the plugin made of the samples.
    pub report: WorkloadReport,
    /// The samples, without their reads, which stay on the tape.
    pub samples: Vec<Sample>,
    /// Nanoseconds from the first send to the last byte, pauses included.
    pub wall_ns: Option<u64>,
    /// Whether the machine kept its pace; absent in the first results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steadiness: Option<Steadiness>,
}

/// Whether a machine kept its pace over the trials of a workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Steadiness {
    /// What was found.
    pub state: SteadyState,
    /// The trials that it rests on.
    pub trials: u32,
    /// The change over all trials that the least-squares line shows, of the
    /// time of a trial: 0.1 is a tenth slower at the end.
    pub drift: Option<f64>,
    /// The scatter of the trials about that line: their standard deviation over
    /// their mean.
    pub scatter: Option<f64>,
    /// What was found, in a sentence.
    pub reason: String,
}

/// What the trials of a workload show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SteadyState {
    /// Neither a drift nor a scatter that matters.
    Steady,
    /// Each trial is slower, or faster, than the one before, beyond chance.
    Drifting,
    /// No drift, but trials differ by more than a tenth.
    Noisy,
    /// Too few trials to tell.
    NotReached,
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
