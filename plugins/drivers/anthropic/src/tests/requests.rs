//! What goes on the wire.

use std::cell::RefCell;

use tachograph_sdk::{
    Driver, Failure, Http, HttpRequest, HttpResponse,
    model::Request,
    serde_json::{Value, json},
    testing::{Recorder, request},
};

use super::tape;
use crate::Anthropic;

/// The body of a request under a configuration.
fn sent(request: &Request, config: &Value) -> Value {
    let tape = tape!("tapes/vllm-messages");
    Anthropic::generate(&tape, request, &mut Recorder::default(), config).unwrap();
    tape.sent()[0].clone()
}

#[test]
fn the_user_has_the_last_word() {
    let config = json!({
        "omit": ["temperature"],
        "extra_body": { "thinking": { "type": "enabled", "budget_tokens": 1024 } },
    });
    let body = sent(&request("Hi", 16), &config);
    assert_eq!(body["messages"][0]["content"][0]["text"], "Hi");
    assert_eq!(body.get("temperature"), None);
    assert_eq!(body["thinking"]["budget_tokens"], 1024);
}

/// An endpoint that keeps the headers of the last request and answers nothing.
#[derive(Default)]
struct Headers(RefCell<Vec<(String, String)>>);

impl Http for Headers {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        *self.0.borrow_mut() = request.headers;
        Err(Failure::new("connection-refused", "nobody listens"))
    }
}

#[test]
fn every_request_names_the_version_and_none_a_key() {
    let http = Headers::default();
    let header = |name: &str| {
        let headers = http.0.borrow();
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    Anthropic::detect(&http, &json!({})).unwrap_err();
    assert_eq!(header("anthropic-version").as_deref(), Some("2023-06-01"));
    assert_eq!((header("anthropic-beta"), header("x-api-key")), (None, None));
    let config = json!({ "version": "2026-10-21", "beta": "long-context" });
    let ended = Anthropic::generate(&http, &request("Hi", 4), &mut Recorder::default(), &config);
    assert_eq!(ended.unwrap_err().code, "connection-refused");
    assert_eq!(header("anthropic-version").as_deref(), Some("2026-10-21"));
    assert_eq!(header("anthropic-beta").as_deref(), Some("long-context"));
}
