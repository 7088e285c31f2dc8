//! The driver for my-plugin, a server of the OpenAI dialect.

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, Request},
    openai::{self, Listing, Settings},
    serde_json::{Map, Value},
};

/// The driver. It keeps no state: every call may run in a fresh instance.
pub struct MyPlugin;

impl Driver for MyPlugin {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("my-plugin"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "my-plugin".into(),
            config_schema: openai::settings_schema(),
        }
    }

    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let settings = Settings::of(config);
        let listing = Listing::get(http, &settings)?;
        // Say here how this server is told from others: by its list, by a
        // header, or by a route of its own.
        if listing.entries.iter().any(|entry| entry["object"] != "model") {
            return Err(Failure::new("not-this-backend", "its list has another form"));
        }
        Ok(BackendInfo { name: "my-plugin".into(), ..listing.backend(&settings) })
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

tachograph_sdk::export_driver!(MyPlugin, "plugin.toml");

#[cfg(test)]
mod tests;
