//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The length of the prompt in reference tokens.
    pub prompt_tokens: u64,
    /// Output tokens.
    pub output_tokens: u32,
    /// Warm-up repetitions, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "parameters of workload-chat",
        "type": "object",
        "additionalProperties": false,
        "required": ["prompt_tokens", "output_tokens"],
        "properties": {
            "prompt_tokens": {
                "description": "The length of the prompt in reference tokens (o200k).",
                "type": "integer", "minimum": 96, "maximum": 1_048_576
            },
            "output_tokens": {
                "description": "Output tokens, asked for exactly.",
                "type": "integer", "minimum": 1, "maximum": 65_536
            },
            "warmup": {
                "description": "Warm-up repetitions, when other than the profile's.",
                "type": "integer", "minimum": 0, "maximum": 100
            }
        }
    })
}
