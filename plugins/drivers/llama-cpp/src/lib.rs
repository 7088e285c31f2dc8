//! The driver for `llama-server` of llama.cpp.
//!
//! Requests go to the chat route, as those of real clients do, a single user
//! message included; counts and durations come from `usage` and `timings` at
//! the end. With `route = "completion"` the prompt is rendered and tokenised
//! by the server first and its tokens are sent to the native route, whose
//! events say how many tokens they carry.

mod completion;
mod detect;
mod ftype;

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, Turn,
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
            default_urls: vec!["http://127.0.0.1:8080".into()],
            config_schema: json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "route": {
                        "enum": ["chat", "completion"],
                        "description": "The route that generates; chat when not set."
                    },
                    "extra_body": {
                        "type": "object",
                        "description": "Fields to add to every request, for example \
                                        timings_per_token."
                    },
                    "detected": {
                        "description": "Filled by the host with what detect found."
                    }
                }
            }),
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
        let answer = openai::post_json(http, "/tokenize", &json!({ "content": text }))?;
        match answer.get("tokens").and_then(Value::as_array) {
            Some(tokens) => Ok(tokens.len() as u64),
            None => Err(openai::protocol("/tokenize answered without tokens")),
        }
    }

    /// Erases every slot; the server permits it with `--slot-save-path` only.
    fn clear_cache(http: &dyn Http, _: &Value) -> Result<(), Failure> {
        let (slots, _) = openai::get_json(http, "/slots").map_err(not_offered)?;
        for id in slots.as_array().into_iter().flatten().filter_map(|slot| slot.get("id")?.as_u64())
        {
            let erase = HttpRequest {
                method: "POST",
                ..HttpRequest::get(format!("/slots/{id}")).with_query("action=erase")
            };
            let response = http.send(erase)?;
            if response.status != 200 {
                return Err(not_offered(openai::failure_of(&response)));
            }
        }
        Ok(())
    }

    /// The counters of `/metrics`, which the server has with `--metrics` only.
    fn server_metrics(http: &dyn Http, _: &Value) -> Result<Value, Failure> {
        let response = http.send(HttpRequest::get("/metrics"))?;
        if response.status != 200 {
            return Err(not_offered(openai::failure_of(&response)));
        }
        let text = String::from_utf8_lossy(response.body());
        let mut counters = Map::new();
        for line in text.lines() {
            let sample = line.strip_prefix("llamacpp:").and_then(|line| line.split_once(' '));
            let Some((name, value)) = sample else { continue };
            if let Ok(value) = value.trim().parse::<f64>() {
                counters.insert(name.to_owned(), json!(value));
            }
        }
        Ok(Value::Object(counters))
    }
}

/// Names the failure of a route that this server was started without.
fn not_offered(mut failure: Failure) -> Failure {
    if matches!(failure.http_status, Some(400 | 404 | 501)) {
        failure.code = "unsupported".into();
        failure.retryable = false;
    }
    failure
}

tachograph_sdk::export_driver!(LlamaCpp, "plugin.toml");

#[cfg(test)]
mod tests;
