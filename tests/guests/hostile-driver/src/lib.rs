//! A driver that breaks one rule: the one that its configuration names.
//!
//! It speaks to the bindings directly, since the SDK would not let it do what it does.
#![cfg(target_family = "wasm")]

mod deeds;

wit_bindgen::generate!({ world: "driver-full", path: "../../../sdk/wit/v1" });

use exports::tachograph::plugin::{cache_control, driver_api, server_metrics, tokenizer};
use tachograph::plugin::http::{Endpoint, Framing, Request, Response, send};
use tachograph::plugin::turn::Turn;
use tachograph::plugin::types::Error;

// SAFETY: the linker copies both sections; nothing else uses the names.
#[unsafe(link_section = "tachograph:abi")]
#[used]
static ABI: [u8; 3] = *b"1.0";
#[unsafe(link_section = "tachograph:manifest")]
#[used]
static MANIFEST: [u8; include_bytes!("../plugin.toml").len()] = *include_bytes!("../plugin.toml");

struct Hostile;

export!(Hostile);

/// The deed in a configuration like `{"do":"loop"}`.
fn deed() -> String {
    let config = tachograph::plugin::config::get();
    let deed = config.strip_prefix("{\"do\":\"").and_then(|rest| rest.strip_suffix("\"}"));
    deed.unwrap_or("ok").to_owned()
}

fn error(code: &str) -> Error {
    Error {
        code: code.to_owned(),
        message: format!("this is {code}"),
        retryable: false,
        http_status: None,
        retry_after_ms: None,
        detail: None,
    }
}

fn post(endpoint: &Endpoint, path: &str) -> Result<Response, Error> {
    let request = Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: None,
        headers: Vec::new(),
        body: b"{}".to_vec(),
        framing: Framing::Sse,
    };
    send(endpoint, &request)
}

impl driver_api::Guest for Hostile {
    fn describe() -> String {
        r#"{"id":"hostile-driver","version":"0.1.0","title":"hostile","config_schema":{}}"#
            .to_owned()
    }

    fn detect(endpoint: &Endpoint) -> Result<String, Error> {
        match deed().as_str() {
            "invalid-json" => Ok("{\"name\": ".to_owned()),
            "wrong-schema" => Ok(r#"{"name":"x","version":7,"models":[]}"#.to_owned()),
            "huge-return" => Ok("x".repeat(40 << 20)),
            "not-this" => Err(error("not-this-backend")),
            _ => {
                let response = post(endpoint, "/health")?;
                Ok(format!(
                    r#"{{"name":"{}","version":null,"models":[],"slots":null,"tools":false,
                    "exact_length":true,"reports_cached_tokens":false,"reports_timings":false}}"#,
                    response.status()
                ))
            }
        }
    }

    fn list_models(_: &Endpoint) -> Result<String, Error> {
        Ok("[]".to_owned())
    }

    fn generate(endpoint: &Endpoint, _: String, turn: &Turn) -> Result<(), Error> {
        deeds::run(&deed(), endpoint, turn)
    }
}

impl tokenizer::Guest for Hostile {
    fn count(_: &Endpoint, _: String, text: String) -> Result<u64, Error> {
        Ok(text.split_whitespace().count() as u64)
    }
}

impl cache_control::Guest for Hostile {
    fn clear(_: &Endpoint) -> Result<(), Error> {
        Err(error("unsupported"))
    }
}

impl server_metrics::Guest for Hostile {
    fn snapshot(_: &Endpoint) -> Result<String, Error> {
        Ok("{\"requests\":3}".to_owned())
    }
}
