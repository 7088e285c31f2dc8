//! What a driver says of itself and of the server it found.

use serde::{Deserialize, Serialize};

use crate::Name;

/// What a driver says of itself; the answer of `describe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriverDescription {
    /// The id, the same as in its manifest.
    pub id: Name,
    /// The version, the same as in its manifest.
    pub version: String,
    /// For example `llama.cpp server`.
    pub title: String,
    /// The JSON Schema of its configuration.
    pub config_schema: serde_json::Value,
}

/// What a workload says of itself; the answer of `describe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ParamsDescription {
    /// The id, the same as in its manifest.
    pub id: Name,
    /// The version, the same as in its manifest.
    pub version: String,
    /// For example `one chat stream`.
    pub title: String,
    /// The JSON Schema of its parameters.
    pub params_schema: serde_json::Value,
}

/// The server that a driver found; the answer of `detect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BackendInfo {
    /// For example `llama.cpp`.
    pub name: String,
    /// The server's version, as it states it.
    pub version: Option<String>,
    /// The models that it offers.
    pub models: Vec<ModelInfo>,
    /// Requests that it works on at once, when it says so.
    pub slots: Option<u32>,
    /// Whether it takes `tools`.
    pub tools: bool,
    /// Whether it can be made to give an exact length.
    pub exact_length: bool,
    /// Whether it reports tokens that came from a prefix cache.
    pub reports_cached_tokens: bool,
    /// Whether it reports its own durations.
    pub reports_timings: bool,
    /// Extras, at most 16 KiB.
    #[serde(default)]
    pub extra: serde_json::Value,
}

impl BackendInfo {
    /// A server of which only the name is known: no version, no models, and
    /// nothing that it can do.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
            models: Vec::new(),
            slots: None,
            tools: false,
            exact_length: false,
            reports_cached_tokens: false,
            reports_timings: false,
            extra: serde_json::Value::Null,
        }
    }
}

/// A model as a backend describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelInfo {
    /// What requests call it.
    pub id: String,
    /// Parameters.
    pub parameters: Option<u64>,
    /// Bytes of weights.
    pub size_bytes: Option<u64>,
    /// For example `Q4_K_M` or `F16`; null when the backend does not say.
    pub quantization: Option<String>,
    /// The longest context of a request, in tokens.
    pub max_context: Option<u64>,
    /// The strongest identity that the backend gives, for example a digest.
    pub digest: Option<String>,
    /// How that identity was obtained.
    pub digest_source: Option<String>,
    /// A path on this machine that the backend names; never leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_path: Option<String>,
}
