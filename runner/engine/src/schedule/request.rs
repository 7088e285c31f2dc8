//! A request on its way through the engine.

use std::time::Duration;

use tokio::sync::mpsc;

/// How an answer is limited and sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Most tokens of the answer; at least 1.
    pub(crate) max_tokens: usize,
    /// Tokens before which the answer does not end by itself.
    pub(crate) min_tokens: usize,
    /// Whether the answer never ends by itself.
    pub(crate) ignore_eos: bool,
    /// Softmax temperature; 0 is greedy.
    pub(crate) temperature: f32,
    /// Seed of the sampling, for a temperature above 0.
    pub(crate) seed: u64,
    /// Whether tokens of earlier requests may be reused.
    pub(crate) cache_prompt: bool,
}

/// One answer to be generated.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Tokens of the prompt; not empty, and with `max_tokens` at least one below the context.
    pub(crate) prompt: Vec<u32>,
    pub(crate) limits: Limits,
    /// Where the answer goes. The stream ends early when the receiver is dropped.
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

/// What happens to a request.
#[derive(Debug)]
pub(crate) enum Event {
    /// The next token of the answer.
    Token(u32),
    /// The end; nothing follows.
    Done(Finish, Stats),
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model chose to end.
    Stop,
    /// `max_tokens`, or the context, was reached.
    Length,
}

impl Finish {
    /// The name in the OpenAI protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
        }
    }
}

/// Counts and times of one request, from the compute thread's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stats {
    /// Tokens of the prompt, reused ones included.
    pub(crate) prompt_tokens: usize,
    /// Tokens of the prompt reused from the cache.
    pub(crate) cached_tokens: usize,
    /// Tokens of the answer.
    pub(crate) completion_tokens: usize,
    /// From the start of the prompt's processing to the first token.
    pub(crate) prompt_time: Duration,
    /// From the first token to the last.
    pub(crate) predicted_time: Duration,
}
