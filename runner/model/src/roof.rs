//! What the machine's memory allows one stream of decode.

use serde::{Deserialize, Serialize};

/// The highest decode rate that reading the weights allows, or why it is not
/// known. Formulas: `docs/metrics.md`, "The roof".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Roof {
    /// Bytes a second at which the memory that holds the weights can be read.
    pub bandwidth_bytes_per_s: Option<u64>,
    /// How that was found, or why it is not known.
    pub bandwidth_source: String,
    /// Bytes a second of a triad (two reads and a write), where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triad_bytes_per_s: Option<u64>,
    /// Bytes of weights that one token reads; the KV cache comes on top.
    pub bytes_per_token: Option<u64>,
    /// How that was found, or why it is not known.
    pub bytes_source: String,
    /// Bandwidth ÷ bytes: the most tokens a second of one stream.
    pub max_decode_tps: Option<f64>,
    /// 1 ÷ that, nanoseconds.
    pub min_tpot_ns: Option<u64>,
}
