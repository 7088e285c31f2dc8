//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::{LEAST_PROMPT, schema};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The length of every prompt in reference tokens.
    pub prompt_tokens: u64,
    /// Output tokens of every request.
    pub output_tokens: u32,
    /// Requests of a trial, one after another.
    pub requests: u32,
    /// Warm-up repetitions, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-breakdown",
        &["prompt_tokens", "output_tokens", "requests"],
        json!({
            "prompt_tokens": schema::prompt_tokens(LEAST_PROMPT),
            "output_tokens": schema::output_tokens(),
            "requests": schema::whole("Requests of a trial, one after another.", 1, 1024),
            "warmup": schema::warmup(),
        }),
    )
}
