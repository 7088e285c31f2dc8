//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::{LEAST_PROMPT, schema};

/// The parameters of the suite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The lengths of the prompts in reference tokens.
    pub lengths: Vec<u32>,
    /// Output tokens of the decode requests.
    pub output_tokens: u32,
    /// Requests that are sent together.
    #[serde(default = "one")]
    pub batch: u32,
    /// Whether prefill is measured by requests of its own, with one token out.
    #[serde(default = "yes")]
    pub prefill: bool,
    /// Warm-up repetitions of each part, when other than the profile's.
    pub warmup: Option<u32>,
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-sequence-sweep",
        &["lengths", "output_tokens"],
        json!({
            "lengths": schema::wholes(
                "The lengths of the prompts in reference tokens (o200k).",
                LEAST_PROMPT,
                1_048_576,
            ),
            "output_tokens": schema::output_tokens(),
            "batch": schema::whole("Requests that are sent together.", 1, 1024),
            "prefill": {
                "description": "Whether prefill has requests of its own, with one token out.",
                "type": "boolean", "default": true
            },
            "warmup": schema::warmup(),
        }),
    )
}
