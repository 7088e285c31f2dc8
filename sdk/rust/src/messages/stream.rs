//! The answer: named events around blocks of content.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tachograph_model::{Failure, Request};

use crate::{Channel, HttpResponse, Turn, Usage, openai::stream_failure, read_json, word};

/// Attributes every event of an answer to the turn. What the headers say is
/// kept with the sample, whether the answer ends well or not.
///
/// # Errors
/// An error event, the break of the connection, or `protocol` for an answer
/// that is not of this dialect or has no last event.
pub fn read(
    response: &HttpResponse,
    request: &Request,
    turn: &mut dyn Turn,
) -> Result<(), Failure> {
    // Not kept: the name of the organization.
    let kept = |name: &str| name == "request-id" || name.starts_with("anthropic-ratelimit-");
    let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let kept = headers.filter(|(name, _)| kept(name)).take(24);
    let mut notes: Map<_, _> = kept.map(|(name, value)| (name, json!(word(value)))).collect();
    if request.exact_length {
        // It stops where the model stops.
        notes.insert("exact_length".into(), json!(false));
    }
    let mut reading = Reading { turn, calls: BTreeMap::new(), prompt: [None; 3], notes };
    let ended = read_json(response, |frame, event| reading.event(frame.id, event));
    reading.turn.meta(&Value::Object(reading.notes))?;
    ended
}

struct Reading<'t> {
    turn: &'t mut dyn Turn,
    /// Name and arguments of the tool calls that are open, by block.
    calls: BTreeMap<u64, (String, String)>,
    /// Prompt tokens that were new, read from the cache, written to it.
    prompt: [Option<u64>; 3],
    notes: Map<String, Value>,
}

impl Reading<'_> {
    fn event(&mut self, frame: u64, event: &Value) -> Result<bool, Failure> {
        if let Some(failure) = failure_of(event) {
            return Err(failure);
        }
        let index = event.get("index").and_then(Value::as_u64).unwrap_or_default();
        let part = |key: &str| event.get(key).unwrap_or(&Value::Null);
        match part("type").as_str().unwrap_or_default() {
            "message_start" => self.start(frame, part("message"))?,
            "content_block_start" => self.block(frame, index, part("content_block"))?,
            "content_block_delta" => self.delta(frame, index, part("delta"))?,
            "content_block_stop" => {
                if let Some((name, arguments)) = self.calls.remove(&index) {
                    // A call without arguments sends none.
                    let arguments = if arguments.is_empty() { "{}" } else { &arguments };
                    self.turn.tool_call(frame, &name, arguments)?;
                }
            }
            "message_delta" => {
                let output = part("usage").get("output_tokens").and_then(Value::as_u64);
                self.usage(frame, part("usage"), output)?;
                let reason = part("delta").get("stop_reason").and_then(Value::as_str);
                if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                    self.turn.finish(frame, &finish_word(reason))?;
                }
            }
            "message_stop" => return Ok(true),
            // `ping`, and events that are yet to come.
            _ => {}
        }
        Ok(false)
    }

    fn start(&mut self, frame: u64, message: &Value) -> Result<(), Failure> {
        // A dated name behind an alias; servers at home may state a path.
        let model = message.get("model").and_then(Value::as_str);
        if let Some(model) = model.filter(|model| !model.contains(['/', '\\'])) {
            self.notes.insert("model".into(), json!(word(model)));
        }
        // Its count of output tokens is but a beginning.
        self.usage(frame, message.get("usage").unwrap_or(&Value::Null), None)
    }

    /// The prompt is what was new, what came from the cache and what went into
    /// it; each event may state some of the three.
    fn usage(&mut self, frame: u64, usage: &Value, output: Option<u64>) -> Result<(), Failure> {
        if let Some(tier) = usage.get("service_tier").and_then(Value::as_str) {
            self.notes.insert("service_tier".into(), json!(word(tier)));
        }
        let keys = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
        for (known, key) in self.prompt.iter_mut().zip(keys) {
            *known = usage.get(key).and_then(Value::as_u64).or(*known);
        }
        let [new, read, written] = self.prompt;
        let usage = Usage {
            prompt_tokens: new.map(|new| {
                new.saturating_add(read.unwrap_or(0)).saturating_add(written.unwrap_or(0))
            }),
            cached_tokens: read,
            output_tokens: output,
            ..Usage::default()
        };
        self.turn.usage(frame, &usage)
    }

    fn block(&mut self, frame: u64, index: u64, block: &Value) -> Result<(), Failure> {
        let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "tool_use" => {
                self.turn.say(frame, Channel::Other, text("name"))?;
                self.calls.insert(index, (text("name").to_owned(), String::new()));
                // Some servers send the arguments whole, here.
                let input = block.get("input").and_then(Value::as_object);
                match input.filter(|input| !input.is_empty()) {
                    Some(_) => self.arguments(frame, index, &block["input"].to_string()),
                    None => Ok(()),
                }
            }
            "thinking" => self.turn.say(frame, Channel::Reasoning, text("thinking")),
            // Encrypted thinking: tokens without a text that can be read.
            "redacted_thinking" => self.turn.say(frame, Channel::Other, text("data")),
            _ => self.turn.say(frame, Channel::Content, text("text")),
        }
    }

    fn delta(&mut self, frame: u64, index: u64, delta: &Value) -> Result<(), Failure> {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "text_delta" => self.turn.say(frame, Channel::Content, text("text")),
            "thinking_delta" => self.turn.say(frame, Channel::Reasoning, text("thinking")),
            "input_json_delta" => self.arguments(frame, index, text("partial_json")),
            // Signatures and citations are no output of the model.
            _ => Ok(()),
        }
    }

    fn arguments(&mut self, frame: u64, index: u64, piece: &str) -> Result<(), Failure> {
        if let Some((_, arguments)) = self.calls.get_mut(&index) {
            arguments.push_str(piece);
        }
        self.turn.say(frame, Channel::Tool, piece)
    }
}

fn finish_word(reason: &str) -> String {
    match reason {
        "end_turn" | "stop_sequence" => "stop".into(),
        "max_tokens" => "length".into(),
        "tool_use" => "tool-calls".into(),
        other => word(other),
    }
}

/// The failure of an `error` event, which comes after the status 200.
fn failure_of(event: &Value) -> Option<Failure> {
    let mut failure = stream_failure(event)?;
    let code = match event.pointer("/error/type").and_then(Value::as_str) {
        _ if failure.code == "context-exceeded" => return Some(failure),
        Some("authentication_error" | "permission_error") => "unauthorized",
        Some("not_found_error") => "not-found",
        Some("rate_limit_error") => "rate-limited",
        Some("invalid_request_error" | "request_too_large" | "billing_error") => "bad-request",
        // overloaded_error, api_error, timeout_error and types to come.
        _ => return Some(failure),
    };
    failure.code = code.into();
    failure.retryable = code == "rate-limited";
    Some(failure)
}
