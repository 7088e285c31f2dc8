//! Renders a conversation into one prompt that only ever grows at its end.

use serde::Deserialize;
use serde_json::Value;

use super::tokenizer::{Special, Tokenizer};

/// One message of a conversation, as the OpenAI protocol writes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ChatMessage {
    /// `system`, `developer`, `user`, `assistant` or `tool`.
    pub(crate) role: String,
    /// Text, a list of parts with text, or nothing.
    #[serde(default)]
    pub(crate) content: Value,
    /// Calls that an assistant message makes.
    #[serde(default)]
    pub(crate) tool_calls: Option<Vec<Value>>,
}

/// Returns the tokens of the conversation, ready for the assistant's answer.
///
/// The tools come after the leading system message, so that a conversation with more messages
/// begins with the same tokens.
pub(crate) fn render(
    tokenizer: Tokenizer,
    messages: &[ChatMessage],
    tools: &[Value],
) -> Result<Vec<u32>, String> {
    let mut tokens = vec![Special::Begin.id()];
    let mut tools_pending = !tools.is_empty();
    for message in messages {
        let role = match message.role.as_str() {
            "system" | "developer" => Special::System,
            "user" => Special::User,
            "assistant" => Special::Assistant,
            "tool" | "function" => Special::Tool,
            other => return Err(format!("unknown role \"{other}\"")),
        };
        if tools_pending && role != Special::System {
            render_tools(tokenizer, tools, &mut tokens);
            tools_pending = false;
        }
        tokens.push(role.id());
        render_content(tokenizer, &message.content, &mut tokens)?;
        for call in message.tool_calls.iter().flatten() {
            tokens.push(Special::Call.id());
            tokenizer.encode(&call.get("function").unwrap_or(call).to_string(), &mut tokens);
        }
        tokens.push(Special::EndOfMessage.id());
    }
    if tools_pending {
        render_tools(tokenizer, tools, &mut tokens);
    }
    tokens.push(Special::Assistant.id());
    Ok(tokens)
}

fn render_tools(tokenizer: Tokenizer, tools: &[Value], tokens: &mut Vec<u32>) {
    tokens.push(Special::Tools.id());
    for tool in tools {
        tokenizer.encode(&tool.to_string(), tokens);
        tokenizer.encode("\n", tokens);
    }
    tokens.push(Special::EndOfMessage.id());
}

fn render_content(
    tokenizer: Tokenizer,
    content: &Value,
    tokens: &mut Vec<u32>,
) -> Result<(), String> {
    match content {
        Value::Null => Ok(()),
        Value::String(text) => {
            tokenizer.encode(text, tokens);
            Ok(())
        }
        Value::Array(parts) => parts.iter().try_for_each(|part| {
            let text = part.get("text").and_then(Value::as_str);
            let text = text.ok_or("a content part has no \"text\"; only text is understood")?;
            tokenizer.encode(text, tokens);
            Ok(())
        }),
        _ => Err("\"content\" must be a string, a list of parts or null".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn messages(value: Value) -> Vec<ChatMessage> {
        serde_json::from_value(value).unwrap()
    }

    fn tokens(value: Value, tools: &[Value]) -> Vec<u32> {
        render(Tokenizer::new(4096), &messages(value), tools).unwrap()
    }

    #[test]
    fn an_agent_conversation_grows_at_its_end() {
        let tools = [json!({"type": "function", "function": {"name": "read_file"}})];
        let all = json!([
            {"role": "system", "content": "You write code."},
            {"role": "user", "content": [{"type": "text", "text": "Fix the test."}],
             "tool_calls": null},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function",
                 "function": {"name": "read_file", "arguments": "{\"path\":\"a.rs\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "fn main() {}"},
            {"role": "assistant", "content": "Done."},
        ]);
        let list = all.as_array().unwrap();
        let mut before = Vec::new();
        for count in [2, 4, 5] {
            let now = tokens(Value::Array(list[..count].to_vec()), &tools);
            assert!(now.starts_with(&before), "{count} messages");
            assert!(now.len() > before.len());
            before = now;
        }
        assert_eq!(before[0], Special::Begin.id());
        assert_eq!(before[1], Special::System.id());
        let at = |special: Special| before.iter().position(|&t| t == special.id()).unwrap();
        assert!(at(Special::Tools) < at(Special::User));
        assert!(at(Special::Call) < at(Special::Tool));
    }

    #[test]
    fn tools_come_first_without_a_system_message() {
        let user = json!([{"role": "user", "content": "x"}]);
        let with = tokens(user.clone(), &[json!({"name": "t"})]);
        assert_eq!(with[1], Special::Tools.id());
        assert!(with.len() > tokens(user, &[]).len());
    }

    #[test]
    fn what_cannot_be_rendered_is_refused() {
        let render = |value| render(Tokenizer::new(4096), &messages(value), &[]).unwrap_err();
        assert!(render(json!([{"role": "pilot", "content": "x"}])).contains("pilot"));
        assert!(render(json!([{"role": "user", "content": 3}])).contains("content"));
        let image = json!([{"role": "user", "content": [{"type": "image_url"}]}]);
        assert!(render(image).contains("text"));
    }
}
