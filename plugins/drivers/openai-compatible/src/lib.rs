//! The driver for any server that speaks the OpenAI dialect.
//!
//! It asks for a stream of `/v1/chat/completions` and sends nothing that the
//! server might refuse: what goes beyond the common ground depends on the
//! dialect that [`detect`] recognised, which the host hands back in
//! `config.detected`. Counts come from `usage`; without it nothing is guessed.

mod detect;
mod models;

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Dialect, Settings},
    serde_json::{Map, Value},
};

/// The driver.
pub struct OpenAiCompatible;

impl Driver for OpenAiCompatible {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("openai-compatible"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "OpenAI-compatible server".into(),
            // vLLM, mlx_lm.server, LM Studio.
            default_urls: [
                "http://127.0.0.1:8000",
                "http://127.0.0.1:8080",
                "http://127.0.0.1:1234",
            ]
            .map(String::from)
            .to_vec(),
            config_schema: openai::settings_schema(),
        }
    }

    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        detect::detect(http, &Settings::of(config), config)
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        let settings = Settings::of(config);
        let mut more = Map::new();
        // vLLM refuses tools unless it was started with a parser for them, but
        // not when none may be called; where the length is forced, none is.
        let forced = request.exact_length && !request.tools.is_empty();
        if settings.dialect == Dialect::Vllm && forced && settings.tool_choice.is_none() {
            more.insert("tool_choice".into(), "none".into());
        }
        openai::chat(http, request, turn, &settings, more)
    }
}

tachograph_sdk::export_driver!(OpenAiCompatible, "plugin.toml");

#[cfg(test)]
mod tests;
