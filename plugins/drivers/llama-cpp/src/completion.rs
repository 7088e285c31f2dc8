//! The native route: the server's own tokens in, counted events out.

use tachograph_sdk::{
    Channel, Failure, Framing, Http, Turn,
    model::{CacheIntent, Request},
    openai::{self, Settings},
    read_json,
    serde_json::{Value, json},
};

/// Renders and tokenises the prompt, then runs it over `/completion`.
pub(crate) fn generate(
    http: &dyn Http,
    request: &Request,
    turn: &mut dyn Turn,
    settings: &Settings,
    config: &Value,
) -> Result<(), Failure> {
    let chat = openai::chat_body(request, settings);
    let mut conversation = json!({ "messages": chat.get("messages") });
    if let Some(tools) = chat.get("tools") {
        conversation["tools"] = tools.clone();
    }
    let rendered = openai::post_json(http, "/apply-template", &conversation)?;
    let question = json!({ "content": rendered.get("prompt"), "add_special": true });
    let tokenised = openai::post_json(http, "/tokenize", &question)?;
    let Some(tokens) = tokenised.get("tokens").filter(|tokens| tokens.is_array()) else {
        return Err(openai::protocol("/tokenize answered without tokens"));
    };
    let mut body = json!({
        "prompt": tokens,
        "n_predict": request.max_tokens,
        "temperature": 0,
        "seed": chat.get("seed"),
        "stream": true,
        "ignore_eos": request.exact_length,
        "cache_prompt": request.cache == CacheIntent::Reuse,
    });
    for (field, value) in &settings.extra_body {
        body[field] = value.clone();
    }
    let response = openai::post_stream(http, "/completion", &body, Framing::Sse)?;
    // Which build it was tells how its timings are to be read.
    if let Some(build) = config.pointer("/detected/build_info") {
        turn.meta(&json!({ "route": "completion", "system_fingerprint": build }))?;
    }
    let mut reading = Reading { turn, predicted: 0 };
    read_json(&response, |frame, event| reading.event(frame.id, event))
}

struct Reading<'t> {
    turn: &'t mut dyn Turn,
    /// `tokens_predicted` up to now.
    predicted: u64,
}

impl Reading<'_> {
    /// Reads one event, and says whether it is the last.
    fn event(&mut self, frame: u64, event: &Value) -> Result<bool, Failure> {
        if let Some(failure) = openai::stream_failure(event) {
            return Err(failure);
        }
        let Some(predicted) = event.get("tokens_predicted").and_then(Value::as_u64) else {
            // `prompt_progress` events come before the first token.
            return Ok(false);
        };
        let text = event.get("content").and_then(Value::as_str).unwrap_or_default();
        // An event after half a character brings the tokens of both.
        let brought = predicted.saturating_sub(std::mem::replace(&mut self.predicted, predicted));
        let stop = event.get("stop") == Some(&Value::Bool(true));
        if !text.is_empty() || (brought > 0 && !stop) {
            let channel = if text.is_empty() { Channel::Other } else { Channel::Content };
            let brought = u32::try_from(brought).ok();
            self.turn.delta(frame, channel, text.as_bytes(), brought)?;
        }
        if stop {
            self.end(frame, event)?;
        }
        Ok(stop)
    }

    fn end(&mut self, frame: u64, event: &Value) -> Result<(), Failure> {
        let count = |key: &str| event.get(key).and_then(Value::as_u64);
        if let Some((timing, mut usage)) = event.get("timings").and_then(openai::llama_timings) {
            usage.prompt_tokens = count("tokens_evaluated").or(usage.prompt_tokens);
            self.turn.usage(frame, &usage)?;
            self.turn.server_timing(frame, &timing)?;
        }
        let reason = match event.get("stop_type").and_then(Value::as_str) {
            Some("limit") => "length",
            Some("eos" | "word") => "stop",
            // The server's own word for neither.
            Some("none" | "") | None => return Ok(()),
            Some(other) => other,
        };
        self.turn.finish(frame, reason)
    }
}
