//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::{Facts, LEAST_PROMPT, schema};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Runs; the profile's trials when absent.
    pub runs: Option<u32>,
    /// Requests of a run, one after another.
    pub requests: u32,
    /// The length of every prompt in reference tokens.
    pub prompt_tokens: u64,
    /// Output tokens of every request.
    pub output_tokens: u32,
    /// What is known of the model and the machine.
    #[serde(default)]
    pub facts: Facts,
    /// Warm-up runs, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-endurance",
        &["requests", "prompt_tokens", "output_tokens"],
        json!({
            "runs": schema::whole("Runs; the profile's trials when absent.", 1, 1000),
            "requests": schema::whole("Requests of a run, one after another.", 1, 1024),
            "prompt_tokens": schema::prompt_tokens(LEAST_PROMPT),
            "output_tokens": schema::output_tokens(),
            "facts": schema::facts(),
            "warmup": schema::warmup(),
        }),
    )
}
