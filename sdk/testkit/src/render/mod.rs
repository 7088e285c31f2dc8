//! Answers in the words of each dialect.

mod anthropic;
mod llama;
mod ollama;
mod openai;

use serde_json::Value;
use tachograph_model::ServerTiming;

use crate::{
    Dialect,
    answer::{Answer, Rendered},
    server::Asked,
};

/// The model that every server of the kit has.
pub(crate) const MODEL: &str = "kit-model";

/// The stream by which a server of this dialect answers; `None` when the
/// request is for no route that generates.
pub(crate) fn render(dialect: Dialect, asked: &Asked, answer: &Answer) -> Option<Rendered> {
    if asked.method != "POST" {
        return None;
    }
    match (dialect, asked.path.as_str()) {
        (Dialect::Ollama, "/api/chat") => Some(ollama::render(answer, true)),
        (Dialect::Ollama, "/api/generate") => Some(ollama::render(answer, false)),
        (Dialect::Anthropic, "/v1/messages") => Some(anthropic::render(answer)),
        (Dialect::LlamaCpp, "/completion" | "/completions") => Some(llama::render(answer)),
        (_, "/v1/chat/completions") if dialect.speaks_openai() => {
            Some(openai::render(dialect, asked, answer, true))
        }
        (_, "/v1/completions") if dialect.speaks_openai() => {
            Some(openai::render(dialect, asked, answer, false))
        }
        _ => None,
    }
}

/// The message by which a server breaks off a stream with an error.
pub(crate) fn error_message(dialect: Dialect) -> Vec<u8> {
    let text = match dialect {
        Dialect::Ollama => "{\"error\":\"the model runner has stopped\"}\n",
        Dialect::Anthropic => {
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\
             \"message\":\"Overloaded\"}}\n\n"
        }
        _ => {
            "data: {\"error\":{\"message\":\"the engine has stopped\",\
             \"type\":\"server_error\",\"code\":500}}\n\n"
        }
    };
    text.as_bytes().to_vec()
}

/// The body of an answer with an error status.
pub(crate) fn error_body(dialect: Dialect, message: &str) -> Value {
    match dialect {
        Dialect::Mlx | Dialect::Ollama => serde_json::json!({ "error": message }),
        Dialect::Anthropic => serde_json::json!({
            "type": "error", "error": { "type": "api_error", "message": message }
        }),
        _ => serde_json::json!({
            "error": { "message": message, "type": "server_error", "code": null }
        }),
    }
}

/// An event without a name.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// The durations that servers state, where they state any: whole milliseconds,
/// so that no dialect rounds them. They are scripted, as the answer is.
fn timing(answer: &Answer) -> ServerTiming {
    let output = answer.output_tokens();
    let gaps = output.checked_sub(1).filter(|gaps| *gaps > 0);
    ServerTiming {
        prompt_ns: Some(40_000_000),
        prompt_tokens: Some(answer.prompt_tokens - answer.cached_tokens),
        decode_ns: gaps.map(|gaps| gaps * 10_000_000),
        decode_gaps: gaps,
        ..ServerTiming::default()
    }
}

/// The tool call of an answer, whole.
fn tool_call(answer: &Answer) -> Option<(String, Value)> {
    let tool = answer.tool.as_ref()?;
    let arguments = serde_json::from_str(&tool.arguments.concat()).ok()?;
    Some((tool.name.to_owned(), arguments))
}
