//! The frames of a streamed chat answer, attributed to the turn.

use serde_json::{Map, Value};
use tachograph_model::{Failure, ServerTiming};

use super::{
    Dialect, Settings, is_path, llama_timings, malformed, protocol, stream_failure,
    times::usage_timing, tools::ToolCalls, usage_of,
};
use crate::{Channel, Frame, HttpResponse, Turn, Usage};

/// One answer while it is read.
///
/// Only frames with generated text or counted tokens become deltas: an event
/// that brings the role, an empty text or nothing but `usage` moves no clock.
/// How many tokens a frame carries is known from its `token_ids`, from a
/// running `usage` or from running timings; otherwise the counts at the end are
/// the only ones.
pub struct Stream<'t> {
    turn: &'t mut dyn Turn,
    settings: &'t Settings,
    /// Output tokens up to now, by the running count.
    running: u64,
    tools: ToolCalls,
    usage: Option<Usage>,
    timings: Option<(ServerTiming, Usage)>,
    /// Durations inside `usage`.
    times: Option<ServerTiming>,
    finish: Option<String>,
    done: bool,
    last: Option<u64>,
    notes: Map<String, Value>,
}

impl<'t> Stream<'t> {
    /// An answer of which nothing was read.
    pub fn new(turn: &'t mut dyn Turn, settings: &'t Settings) -> Self {
        Self {
            turn,
            settings,
            running: 0,
            tools: ToolCalls::default(),
            usage: None,
            timings: None,
            times: None,
            finish: None,
            done: false,
            last: None,
            notes: Map::new(),
        }
    }

    /// Keeps an extra with the sample.
    pub fn note(&mut self, key: &str, value: Value) {
        self.notes.insert(key.to_owned(), value);
    }

    /// Reads a whole answer; what arrived before a break is attributed.
    ///
    /// # Errors
    /// An error that the stream carries, the break of the connection, or
    /// `protocol` for frames that are not of this dialect and for an answer
    /// that ends with neither a finish reason nor `[DONE]`.
    pub fn read(mut self, response: &HttpResponse) -> Result<(), Failure> {
        for frame in response.frames() {
            if let Err(failure) = self.frame(frame) {
                self.state_counts()?;
                // The last frame of a broken stream may be cut in two.
                return Err(match &response.broken {
                    Some(broken) if failure.code == "protocol" => broken.clone(),
                    _ => failure,
                });
            }
        }
        self.state_counts()?;
        match &response.broken {
            Some(broken) if !self.done => Err(broken.clone()),
            _ => self.end(),
        }
    }

    /// Attributes one frame.
    fn frame(&mut self, frame: Frame<'_>) -> Result<(), Failure> {
        let data = frame.data.trim_ascii();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.done = true;
            self.last = Some(frame.id);
            return Ok(());
        }
        let event: Value =
            serde_json::from_slice(data).map_err(|_| malformed(data, "is not JSON"))?;
        if let Some(failure) = stream_failure(&event) {
            return Err(failure);
        }
        if frame.event == Some("error") || !event.is_object() {
            return Err(malformed(data, "is not a chat event"));
        }
        self.last = Some(frame.id);
        for key in ["system_fingerprint", "service_tier", "provider"] {
            let stated = event.get(key).and_then(Value::as_str);
            if let Some(stated) = stated.filter(|stated| !stated.is_empty()) {
                self.note(key, word(stated).into());
            }
        }
        self.note_model(&event);
        // Groq has it twice, and older answers only in the second place.
        let stated = event.get("usage").filter(|usage| usage.is_object());
        let stated = stated.or_else(|| event.get("x_groq")?.get("usage"));
        let times = stated.and_then(|usage| usage_timing(usage, self.settings.dialect));
        self.times = times.or(self.times.take());
        let usage = stated.and_then(usage_of);
        if let Some(usage) = usage {
            let before = self.usage.unwrap_or_default();
            self.usage = Some(Usage {
                prompt_tokens: usage.prompt_tokens.or(before.prompt_tokens),
                cached_tokens: usage.cached_tokens.or(before.cached_tokens),
                output_tokens: usage.output_tokens.or(before.output_tokens),
                reasoning_tokens: usage.reasoning_tokens.or(before.reasoning_tokens),
                source: usage.source,
            });
        }
        let timings = event.get("timings").and_then(llama_timings);
        let choice = match event.get("choices") {
            Some(Value::Array(choices)) => choices.first(),
            None | Some(Value::Null) => None,
            Some(_) => return Err(malformed(data, "has choices that are no list")),
        };
        let timed = timings.as_ref().map(|(_, counts)| *counts);
        self.timings = timings.or(self.timings.take());
        let Some(choice) = choice else { return Ok(()) };
        let tokens = self.tokens_of(choice, usage, timed);
        if let Some(delta) = choice.get("delta").filter(|delta| !delta.is_null()) {
            self.delta(frame.id, delta, tokens)?;
        }
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.finish = Some(word(finish_word(reason)));
        }
        // Why TabbyAPI stopped, for example because the text went in circles.
        if let Some(reason) = choice.get("eos_reason").and_then(Value::as_str) {
            self.note("eos_reason", word(reason).into());
        }
        Ok(())
    }

    /// Keeps the name of the model that answers where a service may take
    /// another than the one asked for. Servers at home are left out: they may
    /// state a path.
    fn note_model(&mut self, event: &Value) {
        if !matches!(self.settings.dialect, Dialect::OpenAi | Dialect::Generic) {
            return;
        }
        let stated = event.get("model").and_then(Value::as_str);
        let local = |name: &str| is_path(name) || name.starts_with(['.', '~']);
        if let Some(stated) = stated.filter(|name| !name.is_empty() && !local(name)) {
            self.note("model", word(stated).into());
        }
    }

    /// Tokens that the frame says it carries.
    fn tokens_of(
        &mut self,
        choice: &Value,
        usage: Option<Usage>,
        timed: Option<Usage>,
    ) -> Option<u32> {
        let ids = choice.get("token_ids").and_then(Value::as_array).map(Vec::len);
        let running = usage
            .filter(|_| self.settings.dialect.counts_as_it_goes())
            .or(timed.filter(|_| self.settings.counts_by_timings()))
            .and_then(|usage| usage.output_tokens);
        let count = match (running, ids) {
            (Some(running), _) => {
                let before = std::mem::replace(&mut self.running, running);
                running.saturating_sub(before)
            }
            (None, Some(ids)) => ids as u64,
            (None, None) => return None,
        };
        u32::try_from(count).ok()
    }

    /// Attributes what a delta brings, channel by channel.
    fn delta(&mut self, frame: u64, delta: &Value, tokens: Option<u32>) -> Result<(), Failure> {
        let text =
            |key: &str| delta.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut parts: Vec<(Channel, &str)> = Vec::new();
        // Servers that send both names send the same text under both.
        if let Some(thought) = text("reasoning_content").or_else(|| text("reasoning")) {
            parts.push((Channel::Reasoning, thought));
        }
        if let Some(content) = text("content") {
            parts.push((Channel::Content, content));
        }
        if let Some(refusal) = text("refusal") {
            parts.push((Channel::Other, refusal));
        }
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        let pieces = calls.map(|calls| self.tools.take(calls)).unwrap_or_default();
        for piece in &pieces {
            if !piece.name.is_empty() {
                parts.push((Channel::Other, &piece.name));
            }
            if !piece.arguments.is_empty() {
                parts.push((Channel::Tool, &piece.arguments));
            }
        }
        // Tokens without text: half a character, or a mark that is not shown.
        if parts.is_empty() && tokens.is_some_and(|tokens| tokens > 0) {
            return self.turn.delta(frame, Channel::Other, b"", tokens);
        }
        let mut left = tokens;
        for (channel, text) in parts {
            self.turn.delta(frame, channel, text.as_bytes(), left)?;
            left = left.map(|_| 0);
        }
        Ok(())
    }

    /// States what the server counted and clocked; `usage` goes before
    /// `timings`, which fill what it leaves open.
    fn state_counts(&mut self) -> Result<(), Failure> {
        let Some(last) = self.last else { return Ok(()) };
        let by_timings = self.timings.as_ref().map(|(_, usage)| *usage);
        let stated = match (self.usage, by_timings) {
            (Some(mut usage), Some(timings)) => {
                usage.cached_tokens = usage.cached_tokens.or(timings.cached_tokens);
                if let (Some(by_usage), Some(by_timings)) =
                    (usage.prompt_tokens, timings.prompt_tokens)
                    && by_usage != by_timings
                {
                    self.note("prompt_tokens_by_timings", by_timings.into());
                }
                Some(usage)
            }
            (usage, timings) => usage.or(timings),
        };
        if let Some(usage) = stated {
            self.turn.usage(last, &usage)?;
        }
        if let Some((timing, _)) = &self.timings {
            self.turn.server_timing(last, timing)?;
        } else if let Some(times) = &self.times {
            self.turn.server_timing(last, times)?;
            if self.settings.dialect == Dialect::TabbyApi {
                self.notes.insert("timing_resolution_ms".into(), 10.into());
            }
        }
        if !self.notes.is_empty() {
            self.turn.meta(&Value::Object(std::mem::take(&mut self.notes)))?;
        }
        Ok(())
    }

    /// Ends the turn.
    fn end(self) -> Result<(), Failure> {
        let Some(last) = self.last else {
            return Err(protocol("the answer ended before its first event"));
        };
        if self.finish.is_none() && !self.done {
            return Err(protocol("the answer ended with neither a finish reason nor [DONE]"));
        }
        for call in self.tools.into_calls() {
            self.turn.tool_call(last, &call.name, &call.arguments)?;
        }
        match self.finish {
            Some(reason) => self.turn.finish(last, &reason),
            None => Ok(()),
        }
    }
}

/// The word that turns use for a finish reason of this dialect.
pub fn finish_word(reason: &str) -> &str {
    match reason {
        "tool_calls" | "function_call" => "tool-calls",
        other => other,
    }
}

/// A server's word, at most 60 characters of it.
pub(super) fn word(stated: &str) -> String {
    stated.chars().take(60).collect()
}
