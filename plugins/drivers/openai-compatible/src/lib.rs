//! The driver for any server that speaks the OpenAI dialect.
//!
//! It asks for a stream of `/v1/chat/completions` and sends nothing that the
//! server might refuse: what goes beyond the common ground depends on the
//! dialect that [`detect`] recognised, which the host hands back in
//! `config.detected`. Counts come from `usage`; without it nothing is guessed.

mod detect;

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Settings},
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
        openai::chat(http, request, turn, &Settings::of(config), Map::new())
    }
}

tachograph_sdk::export_driver!(OpenAiCompatible, "plugin.toml");

#[cfg(test)]
mod tests;
