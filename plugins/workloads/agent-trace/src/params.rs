//! The parameters, and their JSON Schema.

use serde::Deserialize;
use tachograph_sdk::serde_json::{Value, json};
use tachograph_workload_text::schema;

/// The parameters of the suite.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Whether the turns wait as long as real tools would take.
    #[serde(default)]
    pub paced: bool,
    /// Whether calls and results are plain text, without `tools` on the wire.
    #[serde(default)]
    pub flat: bool,
    /// The most output tokens of a turn; the history keeps its length.
    pub max_output_tokens: Option<u32>,
    /// Warm-up repetitions, when other than the profile's.
    pub warmup: Option<u32>,
}

/// The JSON Schema of [`Params`].
pub(crate) fn schema() -> Value {
    schema::params(
        "workload-agent-trace",
        &[],
        json!({
            "paced": {
                "description": "Whether the turns wait as long as real tools would take.",
                "type": "boolean", "default": false
            },
            "flat": {
                "description": "Whether calls and results are plain text, without tools on the wire.",
                "type": "boolean", "default": false
            },
            "max_output_tokens": schema::whole(
                "The most output tokens of a turn; the history keeps its length.", 1, 65_536
            ),
            "warmup": schema::warmup(),
        }),
    )
}
