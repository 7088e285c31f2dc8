//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::schema;

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How many streams start together, one point each.
    pub streams: Vec<u32>,
    /// The length of every prompt in reference tokens.
    pub prompt_tokens: u64,
    /// Output tokens of every stream.
    pub output_tokens: u32,
    /// Warm-up repetitions of each point, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-concurrent-decode",
        &["streams", "prompt_tokens", "output_tokens"],
        json!({
            "streams": schema::wholes("How many streams start together, one point each.", 1, 1024),
            "prompt_tokens": schema::prompt_tokens(96),
            "output_tokens": schema::output_tokens(),
            "warmup": schema::warmup(),
        }),
    )
}
