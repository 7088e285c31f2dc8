//! The turn: the only way to produce a measurement.

use serde_json::Value;
use tachograph_model::{Failure, ServerTiming};

/// What a piece of generated text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Text that the user sees.
    Content,
    /// Thinking that comes before or between content.
    Reasoning,
    /// Arguments of a tool call.
    Tool,
    /// Anything else that costs tokens.
    Other,
}

/// Where a token count comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CountSource {
    /// The server's `usage`.
    #[default]
    Usage,
    /// The server's timings.
    Timings,
    /// The server's tokenizer.
    Tokenizer,
}

/// Token counts as the server states them; `None` where it is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens, cached ones included.
    pub prompt_tokens: Option<u64>,
    /// The part of the prompt that came from a prefix cache.
    pub cached_tokens: Option<u64>,
    /// Output tokens, reasoning included.
    pub output_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Who counted.
    pub source: CountSource,
}

/// One request's measurement, owned by the host, which knows when each frame
/// arrived. The host refuses a frame that never arrived, a frame before the
/// last one named, and a delta with neither text nor tokens.
pub trait Turn {
    /// Says that a frame carried generated text or tokens; `tokens` is `None`
    /// when the frame does not say how many it carries.
    fn delta(
        &mut self,
        frame: u64,
        channel: Channel,
        text: &[u8],
        tokens: Option<u32>,
    ) -> Result<(), Failure>;

    /// Says that a frame carried text and does not say how many tokens; an empty
    /// text says nothing.
    fn say(&mut self, frame: u64, channel: Channel, text: &str) -> Result<(), Failure> {
        if text.is_empty() { Ok(()) } else { self.delta(frame, channel, text.as_bytes(), None) }
    }

    /// States token counts; the last call wins, field by field.
    fn usage(&mut self, frame: u64, usage: &Usage) -> Result<(), Failure>;

    /// States the server's own durations; the last call wins.
    fn server_timing(&mut self, frame: u64, timing: &ServerTiming) -> Result<(), Failure>;

    /// Reports one complete tool call; the host checks the arguments.
    fn tool_call(&mut self, frame: u64, name: &str, arguments: &str) -> Result<(), Failure>;

    /// Says and reports a tool call that one frame carried whole, as text.
    fn whole_call(&mut self, frame: u64, name: &str, arguments: &str) -> Result<(), Failure> {
        self.say(frame, Channel::Other, name)?;
        self.say(frame, Channel::Tool, arguments)?;
        self.tool_call(frame, name, arguments)
    }

    /// Ends the turn: `stop`, `length`, `tool-calls`, or the server's word.
    fn finish(&mut self, frame: u64, reason: &str) -> Result<(), Failure>;

    /// Keeps a JSON object of extras with the sample, at most 16 KiB.
    fn meta(&mut self, extras: &Value) -> Result<(), Failure>;
}
