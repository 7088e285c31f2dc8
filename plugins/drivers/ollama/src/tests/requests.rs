//! What goes on the wire.

use tachograph_sdk::{
    Driver,
    model::{FunctionCall, Message, Request, Role, Tool, ToolCall},
    serde_json::{Value, json},
    testing::{Recorder, request},
};

use super::tape;
use crate::Ollama;

/// The body of a request under a configuration.
fn sent(request: &Request, config: &Value) -> Value {
    let tape = tape!("tapes/synthetic-chat");
    Ollama::generate(&tape, request, &mut Recorder::default(), config).unwrap();
    tape.sent()[0].clone()
}

#[test]
fn a_request_is_greedy_and_never_shortened() {
    assert_eq!(
        sent(&request("Hi", 16), &json!({})),
        json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "Hi" }],
            "stream": true,
            "truncate": false,
            "shift": false,
            "options": { "num_predict": 16, "seed": 7, "temperature": 0 },
        })
    );
}

#[test]
fn the_context_is_set_only_when_the_user_sets_it() {
    let config = json!({
        "num_ctx": 8192, "keep_alive": "30m", "think": false, "options": { "num_gpu": 0 },
    });
    let body = sent(&request("Hi", 16), &config);
    assert_eq!(body["options"]["num_ctx"], 8192);
    assert_eq!(body["options"]["num_gpu"], 0);
    assert_eq!((&body["keep_alive"], &body["think"]), (&json!("30m"), &json!(false)));
}

fn conversation(arguments: &str) -> Request {
    let function = FunctionCall { name: "read_file".into(), arguments: arguments.into() };
    let mut request = request("fix it", 16);
    request.messages.push(Message {
        tool_calls: vec![ToolCall { id: "c1".into(), function }],
        ..Message::text(Role::Assistant, "")
    });
    request.messages.push(Message {
        tool_call_id: Some("c1".into()),
        ..Message::text(Role::Tool, "fn main() {}")
    });
    request.tools.push(Tool {
        name: "read_file".into(),
        description: "Reads a file.".into(),
        parameters: json!({ "type": "object" }),
    });
    request
}

#[test]
fn arguments_of_calls_are_objects() {
    let body = sent(&conversation(r#"{"path":"a"}"#), &json!({}));
    let call = &body["messages"][1]["tool_calls"][0];
    assert_eq!(call["function"], json!({ "name": "read_file", "arguments": { "path": "a" } }));
    assert_eq!(body["messages"][2]["role"], "tool");
    assert_eq!(body["messages"][2]["tool_call_id"], call["id"]);
    assert_eq!(body["tools"][0]["function"]["name"], "read_file");
}

#[test]
fn arguments_that_are_no_object_are_not_sent() {
    let tape = tape!("tapes/synthetic-chat");
    let request = conversation("not json");
    let ended = Ollama::generate(&tape, &request, &mut Recorder::default(), &json!({}));
    assert_eq!((ended.unwrap_err().code.as_str(), tape.sent().len()), ("bad-request", 0));
}
