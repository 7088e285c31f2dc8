//! `/api/chat` and `/api/generate` of Ollama.

use serde_json::{Value, json};
use tachograph_model::ServerTiming;

use super::{MODEL, timing, tool_call};
use crate::answer::{Answer, Channel, Counted, Finish, Rendered, Truth, Writer};

pub(super) fn render(answer: &Answer, chat: bool) -> Rendered {
    let mut writer = Writer::new(answer);
    let line = |key: &str, value: Value| {
        let mut line = json!({
            "model": MODEL, "created_at": "2026-11-22T00:00:00.000000Z", "done": false,
        });
        match (chat, key) {
            (true, _) => {
                line["message"] = json!({ "role": "assistant", "content": "" });
                line["message"][key] = value;
            }
            (false, "content") => line["response"] = value,
            (false, _) => {
                line["response"] = json!("");
                line[key] = value;
            }
        }
        line
    };
    let bytes = |line: &Value| format!("{line}\n");
    if answer.opens_at_once {
        writer.nothing(bytes(&line("content", json!(""))));
    }
    for piece in &answer.pieces {
        let key = if piece.channel == Channel::Reasoning { "thinking" } else { "content" };
        writer.text(bytes(&line(key, json!(piece.text))), piece.channel, &piece.text);
    }
    if let Some((name, arguments)) = tool_call(answer).filter(|_| chat) {
        let text = arguments.to_string();
        let call = json!([{ "function": { "name": name, "arguments": arguments } }]);
        // A call comes whole.
        writer.text(bytes(&line("tool_calls", call)), Channel::Tool, &text);
    }
    let clocked = ServerTiming { prompt_tokens: None, ..timing(answer) };
    let reason = if answer.finish == Finish::Length { "length" } else { "stop" };
    let mut last = line("content", json!(""));
    last["done"] = json!(true);
    last["done_reason"] = json!(reason);
    last["total_duration"] = json!(500_000_000u64);
    last["load_duration"] = json!(2_000_000u64);
    last["prompt_eval_duration"] = json!(clocked.prompt_ns);
    if let Some(decode) = clocked.decode_ns {
        last["eval_duration"] = json!(decode);
    }
    let counted = answer.counted != Counted::Never;
    if counted {
        last["prompt_eval_count"] = json!(answer.prompt_tokens);
        if answer.stated_tokens() > 0 {
            last["eval_count"] = json!(answer.stated_tokens());
        }
    }
    writer.nothing(bytes(&last));
    let mut finish = vec![reason.to_owned()];
    if answer.tool.is_some() {
        finish.push("tool-calls".to_owned());
    }
    // Without a count there are durations of an unknown number of gaps.
    let truly = matches!(answer.counted, Counted::Truly | Counted::Throughout);
    let truth = Truth {
        prompt: counted.then_some(answer.prompt_tokens),
        output: counted.then_some(answer.stated_tokens()),
        generated: answer.output_tokens(),
        finish,
        tool: tool_call(answer),
        timing: truly.then_some(ServerTiming { load_ns: Some(2_000_000), ..clocked }),
        ..Truth::default()
    };
    Rendered { content_type: "application/x-ndjson", messages: writer.finish(), truth }
}
