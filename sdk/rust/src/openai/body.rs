//! The body of a chat request.

use serde_json::{Map, Value, json};
use tachograph_model::{CacheIntent, Message, Request, Role};

use super::{Settings, salt::salt};

/// Keeps seeds inside the signed 32 bits that every server reads.
const SEED_BITS: u64 = 0x7fff_ffff;

/// A bias that no logit outweighs.
const NEVER: i64 = -1000;

/// Writes the body of a streamed `/v1/chat/completions` request.
///
/// Decoding is greedy. Fields that only some servers take (`ignore_eos`,
/// `min_tokens`, `cache_prompt`, `cache_salt`, `continuous_usage_stats`) are
/// sent only where the dialect or the user says that they are taken. The
/// server's prefix cache is switched off for a cold request where that can be
/// done, and every conversation gets a cache of its own where that can be done.
pub fn chat_body(request: &Request, settings: &Settings) -> Map<String, Value> {
    let dialect = settings.dialect;
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("messages".into(), request.messages.iter().map(message).collect());
    body.insert(settings.max_tokens_field.clone(), json!(request.max_tokens));
    body.insert("temperature".into(), json!(0));
    if dialect.takes_seed() {
        body.insert("seed".into(), json!(request.seed & SEED_BITS));
    }
    body.insert("stream".into(), json!(true));
    let mut options = json!({ "include_usage": true });
    if dialect.counts_as_it_goes() {
        options["continuous_usage_stats"] = json!(true);
    }
    if dialect.pads_events() {
        options["include_obfuscation"] = json!(false);
    }
    body.insert("stream_options".into(), options);

    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                }
            })
        });
        body.insert("tools".into(), tools.collect());
        // Where the length is forced, no tool is called anyway; where no parser
        // reads the calls, only `none` is taken. The prompt is the same.
        let none = dialect.refuses_tools_unparsed()
            && (request.exact_length || settings.tools_parsed == Some(false));
        if let Some(choice) = settings.tool_choice.as_deref().or(none.then_some("none")) {
            body.insert("tool_choice".into(), json!(choice));
        }
    }
    if request.exact_length {
        let told = settings.exact_length;
        if let Some(field) = dialect.eos_field().or(told.then_some("ignore_eos")) {
            body.insert(field.into(), json!(true));
        }
        if told || dialect.takes_min_tokens() {
            body.insert("min_tokens".into(), json!(request.max_tokens));
        }
        if !settings.eos_ids.is_empty() {
            let mut bias = Map::new();
            for id in &settings.eos_ids {
                bias.insert(id.to_string(), json!(NEVER));
            }
            body.insert("logit_bias".into(), Value::Object(bias));
        }
    }
    if request.cache == CacheIntent::Cold && dialect.takes_cache_prompt() {
        body.insert("cache_prompt".into(), json!(false));
    }
    if dialect.takes_cache_salt() {
        body.insert("cache_salt".into(), json!(salt(request)));
    }
    for field in &settings.omit {
        body.remove(field);
    }
    for (field, value) in &settings.extra_body {
        body.insert(field.clone(), value.clone());
    }
    body
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let mut wire = json!({ "role": role, "content": message.content });
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            json!({
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.function.name,
                    "arguments": call.function.arguments,
                }
            })
        });
        wire["tool_calls"] = calls.collect();
    }
    if let Some(id) = &message.tool_call_id {
        wire["tool_call_id"] = json!(id);
    }
    wire
}

#[cfg(test)]
mod tests {
    use tachograph_model::{FunctionCall, Tool, ToolCall};

    use super::*;
    use crate::{openai::Dialect, testing::request};

    fn settings(dialect: &str) -> Settings {
        Settings::of(&json!({ "detected": { "dialect": dialect } }))
    }

    fn keys(body: &Map<String, Value>) -> Vec<&str> {
        let mut keys: Vec<&str> = body.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn an_unknown_server_gets_the_common_ground() {
        let body = chat_body(&request("hello", 8), &Settings::of(&json!({})));
        assert_eq!(
            Value::Object(body),
            json!({
                "model": "m", "messages": [{ "role": "user", "content": "hello" }],
                "max_tokens": 8, "temperature": 0, "seed": 7, "stream": true,
                "stream_options": { "include_usage": true },
            })
        );
    }

    #[test]
    fn each_dialect_gets_what_it_takes() {
        let extra = |word: &str| {
            let body = chat_body(&request("hello", 8), &settings(word));
            let common = chat_body(&request("hello", 8), &Settings::of(&json!({})));
            let extra: Vec<String> =
                body.keys().filter(|key| !common.contains_key(*key)).cloned().collect();
            extra.join(" ")
        };
        assert_eq!(extra("llama-cpp"), "cache_prompt ignore_eos");
        assert_eq!(extra("tachograph"), "cache_prompt ignore_eos min_tokens");
        assert_eq!(extra("vllm"), "cache_salt ignore_eos min_tokens");
        assert_eq!(extra("sglang"), "cache_salt ignore_eos min_tokens");
        assert_eq!(extra("tabbyapi"), "ban_eos_token min_tokens");
        assert_eq!(extra("mlx"), "");
        assert_eq!(extra("openai"), "");
        let openai = chat_body(&request("hello", 8), &settings("openai"));
        assert_eq!(
            openai["stream_options"],
            json!({ "include_usage": true, "include_obfuscation": false })
        );
        let bare = chat_body(&request("hello", 8), &settings("transformers"));
        assert_eq!(
            keys(&bare),
            ["max_tokens", "messages", "model", "stream", "stream_options", "temperature"]
        );
    }

    #[test]
    fn a_request_that_may_reuse_or_stop_gets_no_switch_but_its_salt() {
        let mut warm = request("hello", 8);
        warm.cache = CacheIntent::Reuse;
        warm.exact_length = false;
        for (dialect, word) in Dialect::ALL {
            let body = chat_body(&warm, &settings(word));
            for field in ["cache_prompt", "ignore_eos", "ban_eos_token", "min_tokens", "logit_bias"]
            {
                assert!(!body.contains_key(field), "{dialect:?} {field}");
            }
            assert_eq!(body.contains_key("cache_salt"), dialect.takes_cache_salt(), "{word}");
        }
    }

    #[test]
    fn the_user_has_the_last_word() {
        let settings = Settings::of(&json!({
            "dialect": "openai", "max_tokens_field": "max_completion_tokens",
            "omit": ["temperature", "seed"], "extra_body": { "reasoning_effort": "low" },
            "eos_ids": [1, 3],
        }));
        let body = chat_body(&request("hello", 8), &settings);
        assert_eq!(body["max_completion_tokens"], 8);
        assert_eq!(body["reasoning_effort"], "low");
        assert_eq!(body["logit_bias"], json!({ "1": -1000, "3": -1000 }));
        assert!(!body.contains_key("temperature") && !body.contains_key("max_tokens"));
    }

    fn tool() -> Tool {
        Tool {
            name: "read_file".into(),
            description: "Reads a file.".into(),
            parameters: json!({ "type": "object" }),
        }
    }

    #[test]
    fn no_tool_is_called_where_the_length_is_forced_and_calls_need_a_parser() {
        let choice = |word: &str, exact: bool, config: Value| {
            let mut request = request("fix it", 8);
            request.exact_length = exact;
            request.tools.push(tool());
            let mut settings = Settings::of(&config);
            settings.dialect = Dialect::from_word(word).unwrap();
            chat_body(&request, &settings).get("tool_choice").cloned()
        };
        assert_eq!(choice("vllm", true, json!({})), Some(json!("none")));
        assert_eq!(choice("vllm", false, json!({})), None);
        assert_eq!(choice("sglang", true, json!({})), None);
        let user = json!({ "tool_choice": "required" });
        assert_eq!(choice("vllm", true, user), Some(json!("required")));
        let parsed = |parsed: bool| json!({ "detected": { "tools_parsed": parsed } });
        assert_eq!(choice("vllm", false, parsed(false)), Some(json!("none")));
        assert_eq!(choice("vllm", false, parsed(true)), None);
        assert_eq!(choice("sglang", false, parsed(false)), None);
    }

    #[test]
    fn tools_calls_and_results_go_on_the_wire() {
        let mut request = request("fix it", 8);
        request.tools.push(tool());
        let mut call = Message::text(Role::Assistant, "");
        call.tool_calls.push(ToolCall {
            id: "c1".into(),
            function: FunctionCall {
                name: "read_file".into(),
                arguments: "{\"path\":\"a\"}".into(),
            },
        });
        let mut result = Message::text(Role::Tool, "text of a");
        result.tool_call_id = Some("c1".into());
        request.messages.extend([call, result]);
        let body = chat_body(&request, &settings("llama-cpp"));
        assert_eq!(
            body["tools"],
            json!([{ "type": "function", "function": {
                "name": "read_file", "description": "Reads a file.",
                "parameters": { "type": "object" } } }])
        );
        assert_eq!(
            body["messages"][1],
            json!({ "role": "assistant", "content": "", "tool_calls": [{
                "id": "c1", "type": "function",
                "function": { "name": "read_file", "arguments": "{\"path\":\"a\"}" } }] })
        );
        assert_eq!(
            body["messages"][2],
            json!({ "role": "tool", "content": "text of a", "tool_call_id": "c1" })
        );
    }
}
