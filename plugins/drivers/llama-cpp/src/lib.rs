//! The driver for `llama-server` of llama.cpp.
//!
//! Requests go to the chat route, as those of real clients do, a single user
//! message included; counts and durations come from `usage` and `timings` at
//! the end. With `route = "completion"` the prompt is rendered and tokenised
//! by the server first and its tokens are sent to the native route, whose
//! events say how many tokens they carry.

mod completion;
mod detect;

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, Turn, config_schema,
    model::{BackendInfo, CacheIntent, DriverDescription, Request},
    openai::{self, Dialect, Settings},
    serde_json::{Map, Value, json},
};

/// The driver.
pub struct LlamaCpp;

impl Driver for LlamaCpp {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("llama-cpp"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "llama.cpp server".into(),
            config_schema: config_schema(json!({
                "route": {
                    "enum": ["chat", "completion"],
                    "description": "The route that generates; chat when not set."
                },
                "extra_body": {
                    "type": "object",
                    "description": "Fields to add to every request, for example timings_per_token."
                }
            })),
        }
    }

    fn detect(http: &dyn Http, _config: &Value) -> Result<BackendInfo, Failure> {
        detect::detect(http)
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        let settings = Settings { dialect: Dialect::LlamaCpp, ..Settings::of(config) };
        if config.get("route").and_then(Value::as_str) == Some("completion") {
            return completion::generate(http, request, turn, &settings, config);
        }
        let mut more = Map::new();
        more.insert("cache_prompt".into(), json!(request.cache == CacheIntent::Reuse));
        openai::chat(http, request, turn, &settings, more)
    }

    /// Counts without the token that begins a text.
    fn count_tokens(http: &dyn Http, _: &str, text: &str, _: &Value) -> Result<u64, Failure> {
        openai::token_count(http, "/tokenize", &json!({ "content": text }))
    }

    /// Erases every slot; the server permits it with `--slot-save-path` only.
    fn clear_cache(http: &dyn Http, _: &Value) -> Result<(), Failure> {
        let (slots, _) = openai::get_json(http, "/slots").map_err(openai::not_offered)?;
        for id in slots.as_array().into_iter().flatten().filter_map(|slot| slot.get("id")?.as_u64())
        {
            let erase = HttpRequest {
                method: "POST",
                ..HttpRequest::get(format!("/slots/{id}")).with_query("action=erase")
            };
            openai::accepted(http.send(erase)?).map_err(openai::not_offered)?;
        }
        Ok(())
    }

    /// The counters of `/metrics`, which the server has with `--metrics` only.
    fn server_metrics(http: &dyn Http, _: &Value) -> Result<Value, Failure> {
        openai::counters(http, "llamacpp:")
    }
}

tachograph_sdk::export_driver!(LlamaCpp, "plugin.toml");

#[cfg(test)]
mod tests;
