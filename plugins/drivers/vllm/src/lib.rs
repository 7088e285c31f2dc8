//! The driver for vLLM.
//!
//! The chat route with a running count of the tokens in every event. Every
//! conversation gets a salt of its own, so that its first request meets an
//! empty prefix cache and its later ones find the earlier ones.

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Dialect, Listing, Settings},
    serde_json::{Map, Value, json},
};

/// The driver.
pub struct Vllm;

impl Driver for Vllm {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("vllm"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "vLLM".into(),
            config_schema: openai::settings_schema_of_one(),
        }
    }

    /// Asks for the models, whose owner is `vllm`, for the version, and whether
    /// calls of tools are read, which takes a token.
    ///
    /// How many requests run at once is not stated, and cached tokens are only
    /// with `--enable-prompt-tokens-details`, which nothing shows.
    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let settings = settings(config);
        let mut found = Listing::of(http, &settings)?.backend(&settings);
        found.version = openai::text_at(http, "/version", "version");
        openai::state_tool_parser(http, &settings, &mut found);
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

    /// Empties the prefix cache; the server permits it in its development mode
    /// only (`VLLM_SERVER_DEV_MODE=1`).
    fn clear_cache(http: &dyn Http, _: &Value) -> Result<(), Failure> {
        let reset = HttpRequest { method: "POST", ..HttpRequest::get("/reset_prefix_cache") };
        openai::accepted(http.send(reset)?).map_err(openai::not_offered)?;
        Ok(())
    }

    /// The counters of `/metrics`: the prefix cache in tokens, prompt tokens by
    /// source, queues, and sums of the server's own times.
    fn server_metrics(http: &dyn Http, _: &Value) -> Result<Value, Failure> {
        openai::counters(http, "vllm:")
    }
}

fn settings(config: &Value) -> Settings {
    Settings::of_dialect(Dialect::Vllm, config)
}

tachograph_sdk::export_driver!(Vllm, "plugin.toml");

#[cfg(test)]
mod tests;
