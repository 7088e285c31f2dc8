//! The body of a request.

use serde_json::{Value, json};
use tachograph_model::{CacheIntent, Failure, Message, Request, Role};

use crate::arguments_of;

/// Writes the body of a streamed `/v1/messages` request.
///
/// Decoding is greedy; there is no seed and no exact length. Messages of one
/// role that follow each other become one, and the system's stand apart. Where
/// the prefix cache may help, the last block is marked for it.
///
/// Of the configuration of a driver, `omit` (names of fields to leave out) and
/// `extra_body` (fields to add, which win) are read.
///
/// # Errors
/// `bad-request` when the arguments of a call are no JSON object.
pub fn body(request: &Request, config: &Value) -> Result<Value, Failure> {
    let (mut system, mut messages) = (Vec::new(), Vec::<Value>::new());
    for message in &request.messages {
        let (role, blocks) = blocks_of(message)?;
        if role == "system" {
            system.extend(blocks);
            continue;
        }
        // Results of calls that were made together belong into one message.
        match messages.last_mut().filter(|last| last["role"] == role) {
            Some(last) => {
                let mut all = last["content"].as_array().cloned().unwrap_or_default();
                all.extend(blocks);
                last["content"] = Value::Array(all);
            }
            None => messages.push(json!({ "role": role, "content": blocks })),
        }
    }
    // Nothing is cached unless a block is marked: all up to it then is.
    if request.cache == CacheIntent::Reuse {
        let content = messages.last_mut().and_then(|last| last["content"].as_array_mut());
        if let Some(last) = content.and_then(|blocks| blocks.last_mut()) {
            last["cache_control"] = json!({ "type": "ephemeral" });
        }
    }
    let mut body = json!({
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": messages,
        "stream": true,
        "temperature": 0,
    });
    if !system.is_empty() {
        body["system"] = Value::Array(system);
    }
    for tool in &request.tools {
        let (name, description) = (&tool.name, &tool.description);
        let tool =
            json!({ "name": name, "description": description, "input_schema": tool.parameters });
        match &mut body["tools"] {
            Value::Array(tools) => tools.push(tool),
            none => *none = json!([tool]),
        }
    }
    if let Value::Object(body) = &mut body {
        let omit = config.get("omit").and_then(Value::as_array).into_iter().flatten();
        omit.filter_map(Value::as_str).for_each(|field| drop(body.remove(field)));
        let more = config.get("extra_body").and_then(Value::as_object);
        body.extend(more.cloned().unwrap_or_default());
    }
    Ok(body)
}

/// A message as role and content blocks; empty texts are refused by the API.
fn blocks_of(message: &Message) -> Result<(&'static str, Vec<Value>), Failure> {
    let text = Some(&message.content).filter(|text| !text.is_empty());
    let mut blocks: Vec<_> =
        text.map(|text| json!({ "type": "text", "text": text })).into_iter().collect();
    for call in &message.tool_calls {
        let input = arguments_of(call)?;
        let name = &call.function.name;
        blocks.push(json!({ "type": "tool_use", "id": call.id, "name": name, "input": input }));
    }
    Ok(match message.role {
        Role::System => ("system", blocks),
        Role::User => ("user", blocks),
        Role::Assistant => ("assistant", blocks),
        Role::Tool => {
            let id = message.tool_call_id.as_deref().unwrap_or_default();
            let content = &message.content;
            ("user", vec![json!({ "type": "tool_result", "tool_use_id": id, "content": content })])
        }
    })
}

#[cfg(test)]
mod tests {
    use tachograph_model::{FunctionCall, Tool, ToolCall};

    use super::*;
    use crate::testing::request;

    /// A conversation with two calls that were made together.
    fn conversation() -> Request {
        let call = |id: &str| ToolCall {
            id: id.into(),
            function: FunctionCall {
                name: "read_file".into(),
                arguments: r#"{"path":"a"}"#.into(),
            },
        };
        let result = |id: &str, text: &str| Message {
            tool_call_id: Some(id.into()),
            ..Message::text(Role::Tool, text)
        };
        let mut request = request("fix it", 16);
        request.messages.insert(0, Message::text(Role::System, "Be brief."));
        request.messages.push(Message {
            tool_calls: vec![call("c1"), call("c2")],
            ..Message::text(Role::Assistant, "")
        });
        request.messages.extend([result("c1", "one"), result("c2", "two")]);
        request.tools.push(Tool {
            name: "read_file".into(),
            description: "Reads a file.".into(),
            parameters: json!({ "type": "object" }),
        });
        request
    }

    #[test]
    fn a_conversation_becomes_blocks() {
        let call = |id| json!({ "type": "tool_use", "id": id, "name": "read_file", "input": { "path": "a" } });
        let result =
            |id, text| json!({ "type": "tool_result", "tool_use_id": id, "content": text });
        assert_eq!(
            body(&conversation(), &json!({})).unwrap(),
            json!({
                "model": "m",
                "max_tokens": 16,
                "stream": true,
                "temperature": 0,
                "system": [{ "type": "text", "text": "Be brief." }],
                "messages": [
                    { "role": "user", "content": [{ "type": "text", "text": "fix it" }] },
                    { "role": "assistant", "content": [call("c1"), call("c2")] },
                    { "role": "user", "content": [result("c1", "one"), result("c2", "two")] },
                ],
                "tools": [{
                    "name": "read_file",
                    "description": "Reads a file.",
                    "input_schema": { "type": "object" },
                }],
            })
        );
    }

    #[test]
    fn the_last_block_is_marked_where_the_cache_may_help() {
        let mut request = conversation();
        request.cache = CacheIntent::Reuse;
        let body = body(&request, &json!({})).unwrap();
        assert_eq!(body.to_string().matches("cache_control").count(), 1);
        assert_eq!(body["messages"][2]["content"][1]["cache_control"]["type"], "ephemeral");
    }

    #[test]
    fn the_user_has_the_last_word() {
        let config = json!({
            "omit": ["temperature"],
            "extra_body": { "thinking": { "type": "enabled", "budget_tokens": 1024 } },
        });
        let body = body(&request("Hi", 16), &config).unwrap();
        assert_eq!(body.get("temperature"), None);
        assert_eq!(body["thinking"]["budget_tokens"], 1024);
    }

    #[test]
    fn arguments_that_are_no_object_are_refused() {
        let mut request = conversation();
        request.messages[2].tool_calls[0].function.arguments = "[1]".into();
        assert_eq!(body(&request, &json!({})).unwrap_err().code, "bad-request");
    }
}
