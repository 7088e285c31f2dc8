//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::{Facts, LEAST_PROMPT, schema};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How many sequences are kept at once, one point each.
    pub sequences: Vec<u32>,
    /// The length of every prompt in reference tokens.
    pub prompt_tokens: u64,
    /// Output tokens of every sequence.
    pub output_tokens: u32,
    /// Tokens of a block of the cache; 1 for a cache without blocks.
    pub block_tokens: u64,
    /// The lengths for which the memory of a sequence is projected.
    pub contexts: Vec<u32>,
    /// What is known of the model and the machine.
    #[serde(default)]
    pub facts: Facts,
    /// Warm-up repetitions of each point, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-memory-profile",
        &["sequences", "prompt_tokens", "output_tokens", "block_tokens", "contexts"],
        json!({
            "sequences": schema::wholes(
                "How many sequences are kept at once, one point each.", 1, 1024
            ),
            "prompt_tokens": schema::prompt_tokens(LEAST_PROMPT),
            "output_tokens": schema::output_tokens(),
            "block_tokens": schema::whole(
                "Tokens of a block of the cache; 1 for a cache without blocks.", 1, 65_536
            ),
            "contexts": schema::wholes(
                "The lengths, in the model's tokens, for which the memory of a sequence is \
                 projected.",
                1,
                16_777_216,
            ),
            "facts": schema::facts(),
            "warmup": schema::warmup(),
        }),
    )
}
