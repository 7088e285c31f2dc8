//! `/v1/chat/completions` and `/v1/completions`.

use serde_json::{Value, json};

use super::{MODEL, event, timing, tool_call};
use crate::{
    Dialect,
    answer::{Answer, Channel, Counted, Finish, Rendered, Truth, Writer},
    server::Asked,
};

pub(super) fn render(dialect: Dialect, asked: &Asked, answer: &Answer, chat: bool) -> Rendered {
    let option = |name: &str| asked.json.pointer(&format!("/stream_options/{name}"));
    let wanted = option("include_usage") == Some(&Value::Bool(true));
    let running = match answer.counted {
        Counted::Throughout => true,
        Counted::Never => false,
        _ => {
            matches!(dialect, Dialect::Vllm | Dialect::Sglang)
                && option("continuous_usage_stats") == Some(&Value::Bool(true))
        }
    };
    let each_timed = dialect == Dialect::LlamaCpp
        && asked.json.get("timings_per_token") == Some(&Value::Bool(true));
    let mut out =
        Out { dialect, answer, chat, running, each_timed, so_far: 0, writer: Writer::new(answer) };
    if dialect == Dialect::Mlx {
        out.writer.nothing(": keepalive 0/24\n\n");
    }
    if chat && dialect != Dialect::Mlx {
        let content = if dialect == Dialect::LlamaCpp { Value::Null } else { json!("") };
        let role = out.event(json!({ "role": "assistant", "content": content }), None);
        out.writer.nothing(role);
    }
    out.pieces();
    out.tool();
    out.end(wanted);
    let counted =
        wanted && answer.counted != Counted::Never || answer.counted == Counted::Throughout;
    let timed = dialect == Dialect::LlamaCpp;
    let stated = counted || timed;
    let truth = Truth {
        prompt: stated.then_some(answer.prompt_tokens),
        cached: (timed || counted && details(dialect)).then_some(answer.cached_tokens),
        output: match (counted, timed) {
            (true, _) => Some(answer.stated_tokens()),
            (false, true) => Some(answer.output_tokens()),
            (false, false) => None,
        },
        reasoning: (counted && details(dialect) && answer.reasoning_tokens() > 0)
            .then_some(answer.reasoning_tokens()),
        generated: answer.output_tokens(),
        finish: vec![answer.finish.word().to_owned()],
        tool: tool_call(answer),
        timing: timed.then(|| timing(answer)),
        written: None,
    };
    Rendered { content_type: "text/event-stream", messages: out.writer.finish(), truth }
}

/// Whether the server says which tokens were cached or thought.
fn details(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Openai | Dialect::LlamaCpp | Dialect::Mlx)
}

struct Out<'a> {
    dialect: Dialect,
    answer: &'a Answer,
    chat: bool,
    /// Whether every event has a running `usage`.
    running: bool,
    /// Whether every event with text has `timings`.
    each_timed: bool,
    so_far: u64,
    writer: Writer,
}

impl Out<'_> {
    fn document(&self, choices: Value) -> Value {
        let object = if self.chat { "chat.completion.chunk" } else { "text_completion" };
        let mut document = json!({
            "id": "chatcmpl-kit", "object": object, "created": 1, "model": MODEL,
            "choices": choices,
        });
        let fingerprint = match self.dialect {
            Dialect::LlamaCpp => Some("b1-0c1e57098"),
            Dialect::Mlx => Some("0.32.2-0.31.2-macOS-15-arm64"),
            Dialect::Vllm => Some("vllm-0.32.0-kit"),
            _ => None,
        };
        if let Some(fingerprint) = fingerprint {
            document["system_fingerprint"] = json!(fingerprint);
        }
        if self.running {
            document["usage"] = self.usage(self.so_far);
        }
        document
    }

    fn event(&self, delta: Value, finish: Option<&str>) -> String {
        event(&self.chunk(delta, finish))
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Value {
        let choice = match self.chat {
            true => json!({ "index": 0, "delta": delta, "finish_reason": finish }),
            false => json!({
                "index": 0, "text": delta.get("content").unwrap_or(&json!("")),
                "finish_reason": finish,
            }),
        };
        let mut document = self.document(json!([choice]));
        if self.each_timed && self.so_far > 0 {
            document["timings"] = self.timings(self.so_far);
        }
        document
    }

    fn usage(&self, output: u64) -> Value {
        let prompt = self.answer.prompt_tokens;
        let mut usage = json!({
            "prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
        });
        if details(self.dialect) {
            usage["prompt_tokens_details"] = json!({ "cached_tokens": self.answer.cached_tokens });
            let thought = self.answer.reasoning_tokens();
            if thought > 0 {
                usage["completion_tokens_details"] = json!({ "reasoning_tokens": thought });
            }
        }
        if self.dialect == Dialect::Tabbyapi {
            usage["prompt_time"] = json!(0.04);
            usage["prompt_tokens_per_sec"] = json!("Indeterminate");
            usage["completion_time"] = json!(0.15);
            usage["completion_tokens_per_sec"] = json!(66.6);
            usage["total_time"] = json!(0.19);
        }
        usage
    }

    /// llama.cpp's timings after so many output tokens.
    fn timings(&self, output: u64) -> Value {
        json!({
            "cache_n": self.answer.cached_tokens,
            "prompt_n": self.answer.prompt_tokens - self.answer.cached_tokens,
            "prompt_ms": 40.0,
            "predicted_n": output,
            "predicted_ms": if output > 1 { (output - 1) as f64 * 10.0 } else { 0.001 },
        })
    }

    fn pieces(&mut self) {
        let last = self.answer.pieces.len().saturating_sub(1);
        for (index, piece) in self.answer.pieces.iter().enumerate() {
            self.so_far += piece.tokens;
            let key = match (piece.channel, self.dialect) {
                (Channel::Reasoning, Dialect::Vllm | Dialect::Mlx) if self.chat => "reasoning",
                (Channel::Reasoning, _) if self.chat => "reasoning_content",
                _ => "content",
            };
            let mut delta = json!({ key: piece.text });
            if self.dialect == Dialect::Mlx {
                delta["role"] = json!("assistant");
            }
            // vLLM ends on the event of the last token.
            let ends = self.ends_with_text() && index == last;
            let finish = ends.then(|| self.finish_word());
            let bytes = self.event(delta, finish);
            self.writer.text(
                bytes,
                if self.chat { piece.channel } else { Channel::Content },
                &piece.text,
            );
        }
    }

    fn ends_with_text(&self) -> bool {
        self.dialect == Dialect::Vllm
            && self.answer.tool.is_none()
            && !self.answer.pieces.is_empty()
    }

    fn tool(&mut self) {
        let Some(tool) = self.answer.tool.clone().filter(|_| self.chat) else { return };
        let call = |part: Value| json!({ "tool_calls": [part] });
        let name = self.event(
            call(json!({
                "index": 0, "id": "call_kit", "type": "function",
                "function": { "name": tool.name, "arguments": "" },
            })),
            None,
        );
        self.writer.maybe(name);
        for piece in tool.arguments {
            self.so_far += 1;
            let bytes =
                self.event(call(json!({ "index": 0, "function": { "arguments": piece } })), None);
            self.writer.text(bytes, Channel::Tool, piece);
        }
    }

    fn finish_word(&self) -> &'static str {
        match self.answer.finish {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::ToolCalls => "tool_calls",
        }
    }

    fn end(&mut self, wanted: bool) {
        let states = wanted && self.answer.counted != Counted::Never;
        if !self.ends_with_text() {
            let mut document = self.chunk(json!({}), Some(self.finish_word()));
            if states && self.dialect == Dialect::Tabbyapi {
                document["usage"] = self.usage(self.answer.stated_tokens());
            }
            if self.dialect == Dialect::LlamaCpp && !states {
                document["timings"] = self.timings(self.answer.output_tokens());
            }
            self.writer.nothing(event(&document));
        }
        if states && self.dialect != Dialect::Tabbyapi {
            let mut document = self.document(json!([]));
            document["usage"] = self.usage(self.answer.stated_tokens());
            if self.dialect == Dialect::LlamaCpp {
                document["timings"] = self.timings(self.answer.output_tokens());
            }
            self.writer.nothing(event(&document));
        }
        self.writer.nothing("data: [DONE]\n\n");
    }
}
