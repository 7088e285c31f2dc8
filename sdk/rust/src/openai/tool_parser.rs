//! Whether a server can read the calls of tools.

use serde_json::json;
use tachograph_model::BackendInfo;

use super::{Settings, post_json};
use crate::Http;

/// Asks a server that refuses tools unless it was started with a parser for
/// their calls ([`Dialect::refuses_tools_unparsed`](super::Dialect)) whether it
/// was, and puts the answer into `extra` as `tools_parsed`. It stays out where
/// nothing was learnt, and where the user settled the matter.
///
/// Nothing else shows it: the flags that a server was started with are on no
/// route. So it is asked as a turn will ask it, and where that is taken, a token
/// is generated, the fewest that can be asked for.
pub fn state_tool_parser(http: &dyn Http, settings: &Settings, found: &mut BackendInfo) {
    let asks = settings.dialect.refuses_tools_unparsed() && settings.tool_choice.is_none();
    let Some(model) = found.models.first().filter(|_| asks && found.tools) else { return };
    let body = json!({
        "model": model.id,
        "messages": [{ "role": "user", "content": "." }],
        "max_tokens": 1,
        "tools": [{ "type": "function", "function": {
            "name": "read_file",
            "description": "Reads a file.",
            "parameters": { "type": "object", "properties": {} },
        }}],
        "tool_choice": "auto",
    });
    let path = format!("{}/chat/completions", settings.base_path);
    let parsed = match post_json(http, &path, &body) {
        Ok(_) => true,
        // The message names the flags that are missing.
        Err(refused) if refused.http_status == Some(400) && refused.message.contains(PARSER) => {
            false
        }
        Err(_) => return,
    };
    found.extra["tools_parsed"] = json!(parsed);
}

/// The flag that vLLM misses.
const PARSER: &str = "--tool-call-parser";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model_named, openai::Dialect, testing::Tape};

    fn learnt(dialect: Dialect, config: &serde_json::Value, answer: &str) -> (BackendInfo, usize) {
        let tape = Tape::parse(&format!("=== POST /v1/chat/completions\n{answer}\n"));
        let settings = Settings::of_dialect(dialect, config);
        let mut found = BackendInfo {
            models: vec![model_named("m")],
            tools: true,
            extra: json!({}),
            ..BackendInfo::named("server")
        };
        state_tool_parser(&tape, &settings, &mut found);
        (found, tape.sent().len())
    }

    #[test]
    fn only_an_answer_about_the_parser_teaches_something() {
        let refusal = "400\n\n{\"error\":{\"message\":\"\\\"auto\\\" tool choice requires \
                       --enable-auto-tool-choice and --tool-call-parser to be set\"}}";
        for (answer, extra) in [
            ("200\n\n{}", json!({ "tools_parsed": true })),
            (refusal, json!({ "tools_parsed": false })),
            ("400\n\n{\"error\":{\"message\":\"too long\"}}", json!({})),
            ("503\n\n{\"error\":\"--tool-call-parser is loading\"}", json!({})),
            ("200\n\nno json", json!({})),
        ] {
            let (found, sent) = learnt(Dialect::Vllm, &json!({}), answer);
            assert_eq!((found.extra, sent), (extra, 1), "{answer}");
        }
    }

    #[test]
    fn nobody_is_asked_in_vain() {
        for (dialect, config) in [
            (Dialect::Generic, json!({})),
            (Dialect::Sglang, json!({})),
            (Dialect::Vllm, json!({ "tool_choice": "auto" })),
        ] {
            let (found, sent) = learnt(dialect, &config, "200\n\n{}");
            assert_eq!((found.extra, sent), (json!({}), 0), "{dialect:?}");
        }
    }
}
