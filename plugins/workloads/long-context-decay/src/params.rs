//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The lengths of the prompts in reference tokens.
    pub contexts: Vec<u32>,
    /// Output tokens at each.
    pub output_tokens: u32,
    /// Warm-up repetitions of each context, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "parameters of workload-long-context-decay",
        "type": "object",
        "additionalProperties": false,
        "required": ["contexts", "output_tokens"],
        "properties": {
            "contexts": {
                "description": "The lengths of the prompts in reference tokens (o200k), ascending.",
                "type": "array", "minItems": 1, "maxItems": 16, "uniqueItems": true,
                "items": { "type": "integer", "minimum": 96, "maximum": 1_048_576 }
            },
            "output_tokens": {
                "description": "Output tokens at each context, asked for exactly.",
                "type": "integer", "minimum": 1, "maximum": 65_536
            },
            "warmup": {
                "description": "Warm-up repetitions of each context, when other than the profile's.",
                "type": "integer", "minimum": 0, "maximum": 100
            }
        }
    })
}
