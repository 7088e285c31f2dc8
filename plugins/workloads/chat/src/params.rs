//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::schema;

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
    schema::params(
        "workload-chat",
        &["prompt_tokens", "output_tokens"],
        json!({
            "prompt_tokens": schema::prompt_tokens(96),
            "output_tokens": schema::output_tokens(),
            "warmup": schema::warmup(),
        }),
    )
}
