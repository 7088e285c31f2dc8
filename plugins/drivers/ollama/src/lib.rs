//! The driver for ollama.
//!
//! It speaks ollama's own protocol, because only that one has the durations,
//! the digests and the loaded context. Three things are ollama's way and cannot
//! be changed from here: no request can be kept to an exact length, tokens from
//! the prefix cache are counted nowhere, and an answer that repeats one token
//! more than thirty times is cut off without a last line.

mod chat;
mod detect;
mod models;
mod stream;

use tachograph_sdk::{
    Driver, Failure, Framing, Http, Turn, config_schema,
    model::{BackendInfo, DriverDescription, Request},
    openai,
    serde_json::{Value, json},
};

const NUM_CTX: &str = "Context in tokens. Another one than the loaded model has reloads it; left to \
                       the server when not set.";
const KEEP_ALIVE: &str = "How long the model stays loaded, for example 30m; -1 forever.";
const THINK: &str = "Whether, or how hard, a thinking model thinks.";
const OPTIONS: &str = "Model options to add to every request.";

/// The driver.
pub struct Ollama;

impl Driver for Ollama {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("ollama"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "ollama".into(),
            config_schema: config_schema(json!({
                "num_ctx": { "type": "integer", "minimum": 1, "description": NUM_CTX },
                "keep_alive": { "type": ["string", "integer"], "description": KEEP_ALIVE },
                "think": { "type": ["boolean", "string"], "description": THINK },
                "options": { "type": "object", "description": OPTIONS }
            })),
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
        let body = chat::body(request, config)?;
        let response = openai::post_stream(http, "/api/chat", &body, Framing::Ndjson)?;
        stream::read(&response, request, turn)
    }

    /// The loaded models with the bytes and the context that they take.
    fn server_metrics(http: &dyn Http, _config: &Value) -> Result<Value, Failure> {
        Ok(json!({ "loaded": models::list(http, "/api/ps")? }))
    }
}

tachograph_sdk::export_driver!(Ollama, "plugin.toml");

#[cfg(test)]
mod tests;
