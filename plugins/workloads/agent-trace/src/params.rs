//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};

/// The parameters of the suite.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whether the turns wait as long as real tools would take.
    #[serde(default)]
    pub paced: bool,
    /// Whether calls and results are plain text, without `tools` on the wire.
    #[serde(default)]
    pub flat: bool,
    /// The most output tokens of a turn; the history keeps its length.
    pub max_output_tokens: Option<u32>,
    /// Warm-up repetitions, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "parameters of workload-agent-trace",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "paced": {
                "description": "Whether the turns wait as long as real tools would take.",
                "type": "boolean", "default": false
            },
            "flat": {
                "description": "Whether calls and results are plain text, without tools on the wire.",
                "type": "boolean", "default": false
            },
            "max_output_tokens": {
                "description": "The most output tokens of a turn; the history keeps its length.",
                "type": "integer", "minimum": 1, "maximum": 65_536
            },
            "warmup": {
                "description": "Warm-up repetitions, when other than the profile's.",
                "type": "integer", "minimum": 0, "maximum": 100
            }
        }
    })
}
