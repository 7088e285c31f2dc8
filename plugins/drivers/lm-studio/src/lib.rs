//! The driver for LM Studio.
//!
//! Requests go to the OpenAI dialect; what the models are comes from LM
//! Studio's own REST API, version 1 (since 0.4) or 0. With
//! `base_path = "/api/v0"` requests go to that API too. Its statistics are kept
//! as they are: what its durations cover is documented nowhere.

mod detect;
mod models;
mod statistics;

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Dialect, Settings},
    serde_json::{Map, Value},
};

/// The driver.
pub struct LmStudio;

impl Driver for LmStudio {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("lm-studio"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "LM Studio".into(),
            config_schema: openai::settings_schema_of_one(),
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
        let settings = Settings::of_dialect(Dialect::Generic, config);
        let response = openai::send_chat(http, request, &settings, Map::new())?;
        let mut stream = openai::chat_stream(request, &response, turn, &settings);
        let drafts = statistics::note(&response, &mut stream);
        stream.read(&response)?;
        match (drafts, response.frames().last()) {
            (Some(drafts), Some(last)) => turn.server_timing(last.id, &drafts),
            _ => Ok(()),
        }
    }
}

tachograph_sdk::export_driver!(LmStudio, "plugin.toml");

#[cfg(test)]
mod tests;
