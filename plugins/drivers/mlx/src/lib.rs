//! The driver for `mlx_lm.server` of mlx-lm.
//!
//! The server ignores `ignore_eos`: with the ids of the model's end tokens in
//! `eos_ids` they are forbidden by `logit_bias` instead, and without them a
//! turn may end early, which its sample notes. Its version stands in the
//! `system_fingerprint` of an answer only, so `detect` asks for a token.

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Dialect, Listing, Settings},
    serde_json::{Map, Value, json},
};

/// What requests call the model that the server was started with.
const LOADED: &str = "default_model";

/// The driver.
pub struct Mlx;

impl Driver for Mlx {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("mlx"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "mlx-lm server".into(),
            config_schema: openai::settings_schema_of_one(),
        }
    }

    /// Knows the server by the web server of Python's library, by models that
    /// have no owner, and by its health.
    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let settings = settings(config);
        let listing = Listing::get(http, &settings)?;
        let server = listing.response.header("server").unwrap_or_default();
        let owned = listing.entries.iter().any(|entry| entry.get("owned_by").is_some());
        if !server.starts_with("BaseHTTP/") || owned {
            return Err(Failure::new("not-this-backend", "the models are not those of mlx-lm"));
        }
        if openai::text_at(http, "/health", "status").as_deref() != Some("ok") {
            return Err(Failure::new("not-this-backend", "/health does not say ok"));
        }
        let mut found = listing.backend(&settings);
        // Models of the hub's cache come first; the one of `--model` is loaded.
        found.models.sort_by_key(|model| model.id != LOADED);
        found.version = version(http, &settings);
        Ok(found)
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        let mut request = request.clone();
        if openai::is_path(&request.model) {
            // By its path it would be loaded a second time.
            request.model = LOADED.to_owned();
        }
        openai::chat(http, &request, turn, &settings(config), Map::new())
    }
}

/// The first part of `system_fingerprint`, which is
/// `<mlx_lm>-<mlx>-<platform>-<architecture>`.
///
/// A token is generated for it, because nothing else states the version; the
/// prompt is the shortest there is. `None` when it is refused.
fn version(http: &dyn Http, settings: &Settings) -> Option<String> {
    let body = json!({ "model": LOADED, "prompt": ".", "max_tokens": 1 });
    let path = format!("{}/completions", settings.base_path);
    let answer = openai::post_json(http, &path, &body).ok()?;
    let (version, _) = answer.get("system_fingerprint")?.as_str()?.split_once('-')?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}

fn settings(config: &Value) -> Settings {
    Settings::of_dialect(Dialect::Mlx, config)
}

tachograph_sdk::export_driver!(Mlx, "plugin.toml");

#[cfg(test)]
mod tests;
