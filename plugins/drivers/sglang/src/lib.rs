//! The driver for SGLang.
//!
//! The chat route with a running count of the tokens in every event, and a salt
//! of its own for every conversation. Cached tokens are stated when the server
//! was started with `--enable-cache-report`, which its facts show.

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Dialect, Listing, Settings},
    serde_json::{Map, Value, json},
};

/// Where the server states its facts, newest first; the last two say less.
const FACTS: [&str; 4] = ["/server_info", "/get_server_info", "/model_info", "/get_model_info"];

/// Facts that tell measurements apart.
const KEPT: [&str; 5] = [
    "dtype",
    "kv_cache_dtype",
    "disable_radix_cache",
    "attention_backend",
    "speculative_algorithm",
];

/// The driver.
pub struct Sglang;

impl Driver for Sglang {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("sglang"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "SGLang".into(),
            config_schema: openai::settings_schema_of_one(),
        }
    }

    /// Asks for the models, whose owner is `sglang`, and for the facts.
    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let settings = settings(config);
        let mut found = Listing::of(http, &settings)?.backend(&settings);
        let asked = |path: &&str| openai::get_json(http, path).ok().map(|(facts, _)| facts);
        let facts = FACTS.iter().find_map(asked).unwrap_or_default();
        let text = |key: &str| facts.get(key).and_then(Value::as_str).map(str::to_owned);
        found.version = text("version");
        let slots = facts.get("max_running_requests").and_then(Value::as_u64);
        found.slots = slots.and_then(|slots| u32::try_from(slots).ok());
        found.reports_cached_tokens =
            facts.get("enable_cache_report").and_then(Value::as_bool).unwrap_or(false);
        if let Some(model) = found.models.first_mut() {
            model.local_path = text("model_path").filter(|path| openai::is_path(path));
            model.quantization = text("quantization");
        }
        // The facts hold the key of the server too: only named ones are kept.
        for key in KEPT {
            if let Some(fact) = facts.get(key).filter(|fact| fact.is_string() || fact.is_boolean())
            {
                found.extra[key] = fact.clone();
            }
        }
        Ok(found)
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        openai::chat(http, request, turn, &settings(config), Map::new())
    }

    /// Counts without the token that begins a text.
    fn count_tokens(http: &dyn Http, model: &str, text: &str, _: &Value) -> Result<u64, Failure> {
        let body = json!({ "model": model, "prompt": text, "add_special_tokens": false });
        openai::token_count(http, "/tokenize", &body)
    }

    /// Empties the prefix cache; the server refuses it while requests run.
    fn clear_cache(http: &dyn Http, _: &Value) -> Result<(), Failure> {
        let flush = HttpRequest { method: "POST", ..HttpRequest::get("/flush_cache") };
        let response = http.send(flush)?;
        if response.status == 200 {
            return Ok(());
        }
        let mut failure = openai::not_offered(openai::failure_of(&response));
        failure.retryable |= response.status == 400;
        Err(failure)
    }

    /// The counters of `/metrics`, which the server has with
    /// `--enable-metrics` only.
    fn server_metrics(http: &dyn Http, _: &Value) -> Result<Value, Failure> {
        openai::counters(http, "sglang:")
    }
}

fn settings(config: &Value) -> Settings {
    Settings::of_dialect(Dialect::Sglang, config)
}

tachograph_sdk::export_driver!(Sglang, "plugin.toml");

#[cfg(test)]
mod tests;
