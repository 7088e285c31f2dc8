//! The driver for TabbyAPI, the server of ExLlamaV2 and ExLlamaV3.
//!
//! Its counts and times stand in `usage`. The times are seconds rounded to
//! 0.01 and may be words; the samples note their resolution. The key goes into
//! `Authorization: Bearer`, which the host adds.

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, ModelInfo, Request},
    openai::{self, Dialect, Settings},
    serde_json::{Map, Value, json},
};

/// Parameters of the loaded model that tell measurements apart.
const KEPT: [&str; 4] = ["cache_mode", "cache_size", "chunk_size", "max_batch_size"];

/// The driver.
pub struct ExLlamaV2;

impl Driver for ExLlamaV2 {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("exllamav2"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "TabbyAPI (ExLlamaV2, ExLlamaV3)".into(),
            config_schema: openai::settings_schema_of_one(),
        }
    }

    /// Asks who the server is, then for the loaded model. Servers of the Kobold
    /// family answer the first question too, by another name.
    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let settings = settings(config);
        let (about, _) =
            openai::get_json(http, "/.well-known/serviceinfo").map_err(openai::not_this_backend)?;
        let software = about.get("software");
        let fact = |key: &str| software.and_then(|software| software.get(key)?.as_str());
        if fact("name") != Some("TabbyAPI") {
            return Err(Failure::new("not-this-backend", "the service is not TabbyAPI"));
        }
        // Without a loaded model the route refuses; without a key too.
        let loaded = match openai::get_json(http, &format!("{}/model", settings.base_path)) {
            Ok((loaded, _)) => Some(loaded),
            Err(failure) if failure.code == "unauthorized" => return Err(failure),
            Err(_) => None,
        };
        let parameters = loaded.as_ref().and_then(|loaded| loaded.get("parameters"));
        let number = |key: &str| parameters.and_then(|known| known.get(key)?.as_u64());
        let mut extra = json!({ "dialect": Dialect::TabbyApi.word() });
        for key in KEPT {
            if let Some(known) = parameters.and_then(|known| known.get(key)) {
                extra[key] = known.clone();
            }
        }
        let id = loaded.as_ref().and_then(|loaded| loaded.get("id")?.as_str());
        let models = id.map(|id| ModelInfo {
            max_context: number("max_seq_len"),
            ..tachograph_sdk::model_named(id)
        });
        Ok(BackendInfo {
            name: Dialect::TabbyApi.name().into(),
            version: fact("version").map(str::to_owned),
            models: models.into_iter().collect(),
            slots: number("max_batch_size").and_then(|slots| u32::try_from(slots).ok()),
            tools: settings.tools.unwrap_or(true),
            exact_length: settings.gives_exact_length(),
            // Newer builds state them, and nothing tells them apart.
            reports_cached_tokens: Dialect::TabbyApi.states_cached_tokens(),
            reports_timings: Dialect::TabbyApi.states_timings(),
            extra,
        })
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
    fn count_tokens(http: &dyn Http, _: &str, text: &str, config: &Value) -> Result<u64, Failure> {
        let path = format!("{}/token/encode", settings(config).base_path);
        openai::token_count(http, &path, &json!({ "text": text, "add_bos_token": false }))
    }
}

fn settings(config: &Value) -> Settings {
    Settings::of_dialect(Dialect::TabbyApi, config)
}

tachograph_sdk::export_driver!(ExLlamaV2, "plugin.toml");

#[cfg(test)]
mod tests;
