//! What a driver said of one turn.

use std::sync::Arc;

use serde_json::Value;
use tachograph_model::{Failure, ServerTiming, TokenSource};
use tachograph_net::Exchange;

use crate::Channel;

/// Everything that one `generate` said. The times are in the exchanges and are the host's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TurnRecord {
    /// The answers, in the order of their requests. A request that got no headers has none.
    pub exchanges: Vec<Arc<Exchange>>,
    /// The generated text and tokens, in the order of their frames.
    pub deltas: Vec<Delta>,
    /// Token counts as the server states them.
    pub usage: Option<UsageRecord>,
    /// The server's own durations.
    pub timing: Option<ServerTiming>,
    /// Complete tool calls.
    pub tool_calls: Vec<ReportedToolCall>,
    /// `stop`, `length`, `tool-calls`, or the server's word.
    pub finish: Option<String>,
    /// Extras: a JSON object.
    pub meta: Option<Value>,
    /// Frames that the exchanges hold.
    pub frames: u64,
    /// Frames of them that no call of the turn named.
    pub unattributed: u64,
    /// Why the turn failed; the rest of the record is then what came before.
    pub failure: Option<Failure>,
}

/// Generated text or tokens in one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The index into [`TurnRecord::exchanges`].
    pub exchange: usize,
    /// The index into the reads of that exchange: when it arrived.
    pub read: usize,
    /// What it is part of.
    pub channel: Channel,
    /// The text; a multi-byte character may be split between deltas.
    pub text: Vec<u8>,
    /// Tokens in it, when the frame says so.
    pub tokens: Option<u32>,
    /// The id of the frame, unique in its instance.
    pub frame: u64,
}

/// Token counts as the server states them; `None` where it is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageRecord {
    /// Prompt tokens, cached ones included.
    pub prompt: Option<u64>,
    /// Prompt tokens from a prefix cache.
    pub cached: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
    /// Where the counts come from.
    pub source: TokenSource,
}

/// A tool call that a driver put together from its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedToolCall {
    /// The function's name.
    pub name: String,
    /// The arguments as they came.
    pub arguments: String,
    /// Whether the arguments are a JSON object.
    pub valid_json: bool,
}
