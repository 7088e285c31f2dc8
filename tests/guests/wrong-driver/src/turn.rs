//! The turn, with a mistake in between.

use tachograph_sdk::{
    Channel, CountSource, Failure, Turn, Usage, model::ServerTiming, serde_json::Value,
};

/// Bytes of a text that is long.
const LONG: usize = 1 << 20;

/// Hands on what the driver says, but for one mistake.
pub(crate) struct Faulty<'t> {
    turn: &'t mut dyn Turn,
    fault: &'t str,
    /// Whether this instance answered a request before.
    again: bool,
    deltas: u64,
    last: u64,
    counted: bool,
    /// Texts that wait for the end.
    held: Vec<u8>,
}

impl<'t> Faulty<'t> {
    pub(crate) fn new(turn: &'t mut dyn Turn, fault: &'t str, again: bool) -> Self {
        Self { turn, fault, again, deltas: 0, last: 0, counted: false, held: Vec::new() }
    }

    /// What a mistaken driver says when it is done.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        if self.fault == "invents-usage" && !self.counted {
            let output_tokens = Some(self.deltas);
            let source = CountSource::Usage;
            self.turn.usage(self.last, &Usage { output_tokens, source, ..Usage::default() })?;
        }
        if !self.held.is_empty() {
            let text = std::mem::take(&mut self.held);
            self.turn.delta(self.last, Channel::Content, &text, None)?;
        }
        Ok(())
    }
}

impl Turn for Faulty<'_> {
    fn delta(
        &mut self,
        frame: u64,
        channel: Channel,
        text: &[u8],
        tokens: Option<u32>,
    ) -> Result<(), Failure> {
        self.deltas += 1;
        self.last = frame;
        let third = self.deltas == 3;
        match self.fault {
            "drops-a-delta" if third => Ok(()),
            "drops-the-second-time" if third && self.again => Ok(()),
            "counts-the-role" if self.deltas == 1 => {
                // The frame before the first with text.
                self.turn.delta(frame.saturating_sub(1), Channel::Other, b"", Some(1))?;
                self.turn.delta(frame, channel, text, tokens)
            }
            "empty-delta" if self.deltas == 1 => {
                self.turn.delta(frame.saturating_sub(1), channel, b"", None)
            }
            "forges-ids" => self.turn.delta(frame + 1000, channel, text, tokens),
            "forges-ids-quietly" => {
                // Goes on as if nothing had happened.
                drop(self.turn.delta(frame + 1000, channel, text, tokens));
                self.turn.delta(frame, channel, text, tokens)
            }
            "mislabels-reasoning" if channel == Channel::Reasoning => {
                self.turn.delta(frame, Channel::Content, text, tokens)
            }
            "all-at-the-end" if channel == Channel::Content => {
                self.held.extend_from_slice(text);
                Ok(())
            }
            "hangs-on-long-texts" if text.len() > LONG => loop {
                std::hint::spin_loop();
            },
            _ => self.turn.delta(frame, channel, text, tokens),
        }
    }

    fn usage(&mut self, frame: u64, usage: &Usage) -> Result<(), Failure> {
        self.counted = true;
        let twice = |count: Option<u64>| count.map(|count| count * 2);
        match self.fault {
            "counts-usage-twice" => self
                .turn
                .usage(frame, &Usage { output_tokens: twice(usage.output_tokens), ..*usage }),
            "forgets-usage" => Ok(()),
            _ => self.turn.usage(frame, usage),
        }
    }

    fn server_timing(&mut self, frame: u64, timing: &ServerTiming) -> Result<(), Failure> {
        self.turn.server_timing(frame, timing)
    }

    fn tool_call(&mut self, frame: u64, name: &str, arguments: &str) -> Result<(), Failure> {
        match self.fault {
            "forgets-tools" => Ok(()),
            _ => self.turn.tool_call(frame, name, arguments),
        }
    }

    fn finish(&mut self, frame: u64, reason: &str) -> Result<(), Failure> {
        match self.fault {
            "renames-the-end" => self.turn.finish(frame, "done"),
            _ => self.turn.finish(frame, reason),
        }
    }

    fn meta(&mut self, extras: &Value) -> Result<(), Failure> {
        self.turn.meta(extras)
    }
}
