//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::schema;

/// A prompt with a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPrompt {
    /// What reports call it.
    pub name: String,
    /// Its words; the nonce goes before them.
    pub text: String,
}

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The prompts, in the order of the rows.
    pub prompts: Vec<NamedPrompt>,
    /// Output tokens of each.
    pub output_tokens: u32,
    /// Output tokens of the whole answer to the first prompt.
    pub e2e_tokens: u32,
    /// Warm-up repetitions of each prompt, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-prompt-latency",
        &["prompts", "output_tokens", "e2e_tokens"],
        json!({
            "prompts": {
                "description": "The prompts, in the order of the rows.",
                "type": "array", "minItems": 1, "maxItems": 64,
                "items": {
                    "type": "object", "additionalProperties": false, "required": ["name", "text"],
                    "properties": {
                        "name": {
                            "description": "What reports call it.",
                            "type": "string", "minLength": 1, "maxLength": 40
                        },
                        "text": {
                            "description": "Its words; the run's nonce goes before them.",
                            "type": "string", "minLength": 1, "maxLength": 65_536
                        }
                    }
                }
            },
            "output_tokens": schema::output_tokens(),
            "e2e_tokens": schema::whole(
                "Output tokens of the whole answer to the first prompt.", 1, 65_536
            ),
            "warmup": schema::warmup(),
        }),
    )
}
