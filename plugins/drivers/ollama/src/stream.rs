//! The answer: lines of JSON, the last of which has the counts.

use tachograph_sdk::{
    Channel, Failure, Frame, HttpResponse, Turn, Usage,
    model::{Request, ServerTiming},
    openai, read_json,
    serde_json::{Map, Value, json},
    word,
};

/// Attributes every line to the turn.
pub(crate) fn read(
    response: &HttpResponse,
    request: &Request,
    turn: &mut dyn Turn,
) -> Result<(), Failure> {
    let mut reading = Reading { turn, called: false, notes: Map::new() };
    if request.exact_length {
        // It stops where the model stops.
        reading.notes.insert("exact_length".into(), json!(false));
    }
    read_json(response, |frame, line| reading.line(frame, line))
}

struct Reading<'t> {
    turn: &'t mut dyn Turn,
    /// Whether a tool was called.
    called: bool,
    notes: Map<String, Value>,
}

impl Reading<'_> {
    fn line(&mut self, frame: Frame<'_>, line: &Value) -> Result<bool, Failure> {
        if let Some(failure) = openai::stream_failure(line) {
            return Err(failure);
        }
        let Some(done) = line.get("done").and_then(Value::as_bool) else {
            return Err(openai::malformed(frame.data, "is no line of a chat"));
        };
        let message = line.get("message");
        let field = |key: &str| message.and_then(|message| message.get(key));
        for (key, channel) in [("thinking", Channel::Reasoning), ("content", Channel::Content)] {
            let text = field(key).and_then(Value::as_str).unwrap_or_default();
            self.turn.say(frame.id, channel, text)?;
        }
        for call in field("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(frame.id, call)?;
        }
        if done {
            self.end(frame.id, line)?;
        }
        Ok(done)
    }

    /// A call comes whole, in one line.
    fn call(&mut self, frame: u64, call: &Value) -> Result<(), Failure> {
        let name = call.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
        let arguments = call.pointer("/function/arguments").map(Value::to_string);
        self.called = true;
        self.turn.whole_call(frame, name, arguments.as_deref().unwrap_or("{}"))
    }

    fn end(&mut self, frame: u64, line: &Value) -> Result<(), Failure> {
        // The server leaves zeros out, so an absent number is none.
        let number = |key: &str| line.get(key).and_then(Value::as_u64);
        let output = number("eval_count");
        // Cached tokens are in the prompt's, and nothing says how many they are.
        let prompt_tokens = number("prompt_eval_count");
        let usage = Usage { prompt_tokens, output_tokens: output, ..Usage::default() };
        self.turn.usage(frame, &usage)?;
        // The first token comes from the prompt's logits: n tokens, n - 1 gaps.
        let gaps = output.and_then(|output| output.checked_sub(1)).filter(|gaps| *gaps > 0);
        // The duration of the prompt covers the part that was not in the cache,
        // its count all of it: how many tokens took that time is unknown, and no
        // rate can be made of it.
        let timing = ServerTiming {
            prompt_ns: number("prompt_eval_duration"),
            decode_ns: gaps.and(number("eval_duration")),
            decode_gaps: gaps,
            // The wait for the scheduler is in it.
            load_ns: number("load_duration"),
            ..ServerTiming::default()
        };
        self.turn.server_timing(frame, &timing)?;
        if let Some(total) = number("total_duration") {
            self.notes.insert("total_duration_ns".into(), json!(total));
        }
        // A model of the cloud is not measured on this machine.
        for key in ["remote_model", "remote_host"] {
            if let Some(stated) = line.get(key).and_then(Value::as_str) {
                self.notes.insert(key.into(), json!(word(stated)));
            }
        }
        self.turn.meta(&Value::Object(std::mem::take(&mut self.notes)))?;
        let reason = line.get("done_reason").and_then(Value::as_str);
        match reason.filter(|reason| !reason.is_empty()) {
            Some("stop") if self.called => self.turn.finish(frame, "tool-calls"),
            Some(reason) => self.turn.finish(frame, &word(reason)),
            None => Ok(()),
        }
    }
}
