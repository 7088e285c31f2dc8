//! One request as the host measured it.

use serde::{Deserialize, Serialize};

use crate::{Failure, Flag};

/// Warm-up is kept apart and never enters a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before the measurement.
    Warmup,
    /// Counted.
    Measure,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SampleStatus {
    /// Answered to its end.
    Ok,
    /// Failed; `error` says how. Failed requests are counted, never dropped.
    Failed,
    /// Cut short by the user.
    Interrupted,
}

/// One request as the host measured it. Times are integer nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The step.
    pub step: String,
    /// The request in the step.
    pub request: String,
    /// The lane it ran on.
    pub lane: u32,
    /// Lanes of the step.
    pub concurrency: u32,
    /// Warm-up or measured.
    pub phase: Phase,
    /// The trial, from 0.
    pub trial: u32,
    /// What sets the request apart, copied from it.
    #[serde(default)]
    pub condition: std::collections::BTreeMap<String, i64>,
    /// How it ended.
    pub status: SampleStatus,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When things happened.
    pub times: Times,
    /// Tokens, and who counted them.
    pub tokens: TokenCounts,
    /// The token-bearing reads, oldest first.
    pub reads: Vec<TokenRead>,
    /// What the server says of its own time.
    pub server: Option<ServerTiming>,
    /// `stop`, `length`, `tool-calls`, or the server's word.
    pub finish: Option<String>,
    /// Tool calls seen, when tools were on the wire.
    pub tool_calls: Option<ToolCheck>,
    /// The SHA-256 of the generated text, all channels in order.
    pub text_sha256: Option<crate::Digest>,
    /// Doubts.
    pub flags: Vec<Flag>,
}

/// When things happened, in nanoseconds since the run began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// When it should have been sent.
    pub scheduled_ns: u64,
    /// When the request was written in full: the zero of TTFT.
    pub sent_ns: Option<u64>,
    /// When the response's headers were read.
    pub headers_ns: Option<u64>,
    /// First read with a generated token, on any channel.
    pub first_token_ns: Option<u64>,
    /// First read with user-visible content.
    pub first_content_ns: Option<u64>,
    /// Last read with a generated token.
    pub last_token_ns: Option<u64>,
    /// When the response was complete.
    pub end_ns: Option<u64>,
    /// TCP and TLS set-up; null when the connection was warm.
    pub connect_ns: Option<u64>,
    /// The least TCP round trip to this endpoint, measured before the step.
    pub rtt_floor_ns: Option<u64>,
}

/// Who counted the tokens, best first; only the first three rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TokenSource {
    /// The server's `usage`.
    Usage,
    /// The server's timings.
    Timings,
    /// The server's tokenizer.
    Tokenizer,
    /// A tokenizer on this side.
    Local,
    /// Chunks, taken for tokens: does not rank.
    Chunks,
}

/// Token counts of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenCounts {
    /// Prompt tokens, cached ones included.
    pub prompt: Option<u64>,
    /// Prompt tokens that came from a cache.
    pub cached: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Output tokens asked for.
    pub requested: u32,
    /// Who counted; null when nobody could.
    pub source: Option<TokenSource>,
    /// The length of the prompt in reference tokens, from the plan.
    pub reference_prompt: u64,
    /// What a perfect prefix cache would hold, in reference tokens.
    pub ideal_cached: u64,
}

/// One socket read that brought generated tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRead {
    /// Nanoseconds after the request was written.
    pub at_ns: u64,
    /// Deltas that the read completed.
    pub deltas: u32,
    /// Tokens in them, when the server's frames say so.
    pub tokens: Option<u32>,
}

/// The server's own durations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServerTiming {
    /// Nanoseconds for the uncached part of the prompt.
    pub prompt_ns: Option<u64>,
    /// Prompt tokens processed in that time.
    pub prompt_tokens: Option<u64>,
    /// Nanoseconds for the decode gaps.
    pub decode_ns: Option<u64>,
    /// Decode gaps in that time.
    pub decode_gaps: Option<u64>,
    /// Nanoseconds in the server's queue.
    pub queue_ns: Option<u64>,
    /// Nanoseconds of model load.
    pub load_ns: Option<u64>,
    /// Tokens drafted by speculation.
    pub draft_tokens: Option<u64>,
    /// Drafted tokens that were accepted.
    pub draft_accepted: Option<u64>,
}

/// Whether tool calls were well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ToolCheck {
    /// Calls seen.
    pub calls: u32,
    /// Calls whose arguments are a JSON object.
    pub valid_json: u32,
}
