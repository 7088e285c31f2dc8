//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::schema;

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
    schema::params(
        "workload-long-context-decay",
        &["contexts", "output_tokens"],
        json!({
            "contexts": schema::wholes(
                "The lengths of the prompts in reference tokens (o200k), ascending.",
                96,
                1_048_576,
            ),
            "output_tokens": schema::output_tokens(),
            "warmup": schema::warmup(),
        }),
    )
}
