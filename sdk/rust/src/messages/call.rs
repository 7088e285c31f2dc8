//! Whole exchanges of this dialect.

use serde_json::{Value, json};
use tachograph_model::{Failure, Request};

use super::{body, read};
use crate::{
    Framing, Http, Turn,
    openai::{not_offered, post_json, post_stream, protocol},
};

/// Runs one request over `/v1/messages` and attributes every event.
///
/// # Errors
/// `bad-request` for a request that this dialect cannot say, the failure that
/// the server states, and as [`read`].
pub fn generate(
    http: &dyn Http,
    request: &Request,
    turn: &mut dyn Turn,
    config: &Value,
) -> Result<(), Failure> {
    let response = post_stream(http, "/v1/messages", &body(request, config)?, Framing::Sse)?;
    read(&response, request, turn)
}

/// Asks how many tokens a text has as a user's message, with the few that make
/// it one.
///
/// # Errors
/// `unsupported` where the server has no such route, else what it states;
/// `protocol` for an answer without a count.
pub fn count_tokens(http: &dyn Http, model: &str, text: &str) -> Result<u64, Failure> {
    let body = json!({ "model": model, "messages": [{ "role": "user", "content": text }] });
    let answer = post_json(http, "/v1/messages/count_tokens", &body).map_err(not_offered)?;
    let count = answer.get("input_tokens").and_then(Value::as_u64);
    count.ok_or_else(|| protocol("count_tokens answered without input_tokens"))
}
