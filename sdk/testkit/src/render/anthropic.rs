//! `/v1/messages` of the Anthropic dialect.

use serde_json::{Value, json};

use super::{MODEL, tool_call};
use crate::answer::{Answer, Channel, Counted, Finish, Rendered, Truth, Writer};

pub(super) fn render(answer: &Answer) -> Rendered {
    let mut out = Out { writer: Writer::new(answer), open: None, index: 0 };
    let counted = answer.counted != Counted::Never;
    let mut message = json!({
        "id": "msg_kit", "type": "message", "role": "assistant", "content": [], "model": MODEL,
        "stop_reason": null, "stop_sequence": null,
    });
    if counted {
        // The count of this event is a beginning; the one at the end is whole.
        message["usage"] = json!({
            "input_tokens": answer.prompt_tokens - answer.cached_tokens,
            "cache_read_input_tokens": answer.cached_tokens,
            "cache_creation_input_tokens": 0, "output_tokens": 1,
        });
    }
    out.event(json!({ "type": "message_start", "message": message }));
    for piece in &answer.pieces {
        out.block(piece.channel, &Value::Null);
        let delta = match piece.channel {
            Channel::Reasoning => json!({ "type": "thinking_delta", "thinking": piece.text }),
            _ => json!({ "type": "text_delta", "text": piece.text }),
        };
        out.text(&delta, piece.channel, &piece.text);
    }
    if let Some(tool) = &answer.tool {
        out.block(Channel::Tool, &json!(tool.name));
        for piece in &tool.arguments {
            let delta = json!({ "type": "input_json_delta", "partial_json": piece });
            out.text(&delta, Channel::Tool, piece);
        }
    }
    out.close();
    let reason = match answer.finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
    };
    let mut last = json!({
        "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null },
    });
    if counted {
        last["usage"] = json!({ "output_tokens": answer.stated_tokens() });
    }
    out.event(last);
    out.event(json!({ "type": "message_stop" }));
    let truth = Truth {
        prompt: counted.then_some(answer.prompt_tokens),
        cached: counted.then_some(answer.cached_tokens),
        output: counted.then_some(answer.stated_tokens()),
        generated: answer.output_tokens(),
        finish: vec![answer.finish.word().to_owned()],
        tool: tool_call(answer),
        ..Truth::default()
    };
    Rendered { content_type: "text/event-stream", messages: out.writer.finish(), truth }
}

struct Out {
    writer: Writer,
    /// The block that is open.
    open: Option<Channel>,
    index: u64,
}

impl Out {
    fn event(&mut self, data: Value) {
        self.writer.nothing(named(&data));
    }

    fn text(&mut self, delta: &Value, channel: Channel, text: &str) {
        let data = json!({ "type": "content_block_delta", "index": self.index, "delta": delta });
        self.writer.text(named(&data), channel, text);
    }

    /// Opens a block of this kind, after closing another.
    fn block(&mut self, channel: Channel, name: &Value) {
        if self.open == Some(channel) {
            return;
        }
        self.close();
        let block = match channel {
            Channel::Content => json!({ "type": "text", "text": "" }),
            Channel::Reasoning => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Channel::Tool => {
                json!({ "type": "tool_use", "id": "toolu_kit", "name": name, "input": {} })
            }
        };
        let data =
            json!({ "type": "content_block_start", "index": self.index, "content_block": block });
        match channel {
            Channel::Tool => self.writer.maybe(named(&data)),
            _ => self.writer.nothing(named(&data)),
        }
        self.open = Some(channel);
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.event(json!({ "type": "content_block_stop", "index": self.index }));
            self.index += 1;
        }
    }
}

fn named(data: &Value) -> String {
    let name = data.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}
