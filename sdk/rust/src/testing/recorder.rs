//! A turn that keeps what a driver said.

use serde_json::Value;
use tachograph_model::{Failure, ServerTiming};

use crate::{Channel, Turn, Usage};

/// One accepted delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The frame.
    pub frame: u64,
    /// The channel.
    pub channel: Channel,
    /// The text.
    pub text: String,
    /// Tokens, when the frame said so.
    pub tokens: Option<u32>,
}

/// Keeps what a driver said of one turn and refuses what the host refuses:
/// frames that go backwards, and deltas with neither text nor tokens.
#[derive(Debug, Default)]
pub struct Recorder {
    /// The deltas, oldest first.
    pub deltas: Vec<Delta>,
    /// The counts after the last call.
    pub usage: Option<Usage>,
    /// The server's durations after the last call.
    pub timing: Option<ServerTiming>,
    /// Names and arguments of the tool calls.
    pub tool_calls: Vec<(String, String)>,
    /// The finish reason.
    pub finish: Option<String>,
    /// The extras.
    pub meta: Option<Value>,
    last: u64,
}

impl Recorder {
    /// The text of one channel.
    pub fn text(&self, channel: Channel) -> String {
        let mine = self.deltas.iter().filter(|delta| delta.channel == channel);
        mine.map(|delta| delta.text.as_str()).collect()
    }

    /// The sum of the tokens; `None` when a frame did not say.
    pub fn tokens(&self) -> Option<u32> {
        self.deltas.iter().map(|delta| delta.tokens).sum()
    }

    fn at(&mut self, frame: u64) -> Result<(), Failure> {
        if frame < self.last {
            return Err(Failure::new("frame-order", format!("frame {frame} after {}", self.last)));
        }
        self.last = frame;
        Ok(())
    }
}

impl Turn for Recorder {
    fn delta(
        &mut self,
        frame: u64,
        channel: Channel,
        text: &[u8],
        tokens: Option<u32>,
    ) -> Result<(), Failure> {
        self.at(frame)?;
        if text.is_empty() && tokens.unwrap_or(0) == 0 {
            return Err(Failure::new("empty-delta", format!("frame {frame} brought nothing")));
        }
        let text = String::from_utf8_lossy(text).into_owned();
        self.deltas.push(Delta { frame, channel, text, tokens });
        Ok(())
    }

    fn usage(&mut self, frame: u64, usage: &Usage) -> Result<(), Failure> {
        self.at(frame)?;
        let old = self.usage.unwrap_or_default();
        self.usage = Some(Usage {
            prompt_tokens: usage.prompt_tokens.or(old.prompt_tokens),
            cached_tokens: usage.cached_tokens.or(old.cached_tokens),
            output_tokens: usage.output_tokens.or(old.output_tokens),
            reasoning_tokens: usage.reasoning_tokens.or(old.reasoning_tokens),
            source: usage.source,
        });
        Ok(())
    }

    fn server_timing(&mut self, frame: u64, timing: &ServerTiming) -> Result<(), Failure> {
        self.at(frame)?;
        self.timing = Some(timing.clone());
        Ok(())
    }

    fn tool_call(&mut self, frame: u64, name: &str, arguments: &str) -> Result<(), Failure> {
        self.at(frame)?;
        self.tool_calls.push((name.to_owned(), arguments.to_owned()));
        Ok(())
    }

    fn finish(&mut self, frame: u64, reason: &str) -> Result<(), Failure> {
        self.at(frame)?;
        self.finish = Some(reason.to_owned());
        Ok(())
    }

    fn meta(&mut self, extras: &Value) -> Result<(), Failure> {
        self.meta = Some(extras.clone());
        Ok(())
    }
}
