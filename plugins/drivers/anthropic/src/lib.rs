//! The driver for the Anthropic Messages API.
//!
//! The protocol is the SDK's; this driver knows the service. The key is the
//! host's: it adds the header. With `compatible` set the driver takes other
//! servers that answer `/v1/messages`, among them llama-server, vLLM and LM
//! Studio.

mod detect;

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, HttpResponse, Turn, config_schema, messages,
    model::{BackendInfo, DriverDescription, Request},
    serde_json::{Value, json},
};

const VERSION: &str = "Sent as anthropic-version; 2023-06-01 when not set.";
const COMPATIBLE: &str = "Take another server that answers /v1/messages.";
const OMIT: &str = "Fields that the model refuses, for example temperature.";
const EXTRA_BODY: &str = "Fields to add to every request, for example thinking.";

/// The driver.
pub struct Anthropic;

impl Driver for Anthropic {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("anthropic"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "Anthropic Messages API".into(),
            // A service: it is asked only when the user names it.
            config_schema: config_schema(json!({
                "version": { "type": "string", "description": VERSION },
                "beta": { "type": "string", "description": "Sent as anthropic-beta." },
                "compatible": { "type": "boolean", "description": COMPATIBLE },
                "omit": { "type": "array", "items": { "type": "string" }, "description": OMIT },
                "extra_body": { "type": "object", "description": EXTRA_BODY }
            })),
        }
    }

    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        detect::detect(&Versioned(http, config), config)
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        messages::generate(&Versioned(http, config), request, turn, config)
    }

    /// Counts the text as a message, with the few tokens that make it one.
    fn count_tokens(
        http: &dyn Http,
        model: &str,
        text: &str,
        config: &Value,
    ) -> Result<u64, Failure> {
        messages::count_tokens(&Versioned(http, config), model, text)
    }
}

/// The endpoint, with the headers that the configuration asks for.
struct Versioned<'h>(&'h dyn Http, &'h Value);

impl Http for Versioned<'_> {
    fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, Failure> {
        let text = |key: &str| self.1.get(key).and_then(Value::as_str);
        request = request.with_header("anthropic-version", text("version").unwrap_or("2023-06-01"));
        if let Some(beta) = text("beta") {
            request = request.with_header("anthropic-beta", beta);
        }
        self.0.send(request)
    }
}

tachograph_sdk::export_driver!(Anthropic, "plugin.toml");

#[cfg(test)]
mod tests;
