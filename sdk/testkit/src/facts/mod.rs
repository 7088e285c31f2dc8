//! What each server says of itself: the routes that do not generate.

mod llama;
mod native;
mod openai;

use serde_json::{Value, json};

use crate::{
    Dialect,
    server::{Asked, Whole},
};

/// The answer to a request that generates nothing; a page of the server's kind
/// for a route that it does not have.
pub(crate) fn answer(dialect: Dialect, asked: &Asked) -> Whole {
    let route = (asked.method.as_str(), asked.path.as_str());
    let found = match dialect {
        Dialect::Openai => openai::plain(route),
        Dialect::LlamaCpp => llama::answer(route, asked),
        Dialect::Vllm => openai::vllm(route, asked),
        Dialect::Sglang => openai::sglang(route),
        Dialect::Mlx => openai::mlx(route),
        Dialect::Tabbyapi => openai::tabbyapi(route, asked),
        Dialect::LmStudio => openai::lm_studio(route),
        Dialect::Ollama => native::ollama(route),
        Dialect::Anthropic => native::anthropic(route, asked),
    };
    let mut whole = found.unwrap_or_else(|| missing(dialect));
    whole.headers.extend(headers(dialect).map(|(name, value)| (name.to_owned(), value.to_owned())));
    whole
}

/// The headers of every answer of a server.
pub(crate) fn headers(dialect: Dialect) -> impl Iterator<Item = (&'static str, &'static str)> {
    let headers: &[(&str, &str)] = match dialect {
        Dialect::LlamaCpp => &[("server", "llama.cpp")],
        Dialect::Vllm | Dialect::Sglang | Dialect::Tabbyapi => &[("server", "uvicorn")],
        Dialect::Mlx => &[("server", "BaseHTTP/0.6 Python/3.11.7")],
        Dialect::LmStudio => &[("x-powered-by", "Express")],
        Dialect::Anthropic => &[("request-id", "req_kit")],
        Dialect::Openai | Dialect::Ollama => &[],
    };
    headers.iter().copied()
}

fn missing(dialect: Dialect) -> Whole {
    match dialect {
        Dialect::Vllm | Dialect::Sglang | Dialect::Tabbyapi => {
            Whole::json(404, &json!({ "detail": "Not Found" }))
        }
        Dialect::Mlx => Whole::new(404, "application/json", "Not Found"),
        Dialect::Ollama => Whole::new(404, "text/plain", "404 page not found"),
        Dialect::LmStudio => {
            let error = "Unexpected endpoint or method. Returning 200 anyway";
            Whole::json(200, &json!({ "error": error }))
        }
        _ => Whole::json(404, &crate::render::error_body(dialect, "no such route")),
    }
}

/// How the kit's tokenizers count: words, and at least one.
fn count(text: &Value) -> u64 {
    let words = text.as_str().map_or(0, |text| text.split_whitespace().count());
    words.max(1) as u64
}

fn tokens(count: u64) -> Value {
    (0..count).collect()
}
