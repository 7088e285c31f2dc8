//! Whole exchanges: what most drivers of this dialect do.

use serde_json::{Map, Value};
use tachograph_model::{Failure, Request};

use super::{Settings, Stream, chat_body, excerpt, failure_of, protocol};
use crate::{Framing, Http, HttpRequest, HttpResponse, Turn};

/// Runs one request over `/chat/completions` and attributes every frame.
///
/// `more` is added to the body of [`chat_body`] before the user's own fields.
///
/// # Errors
/// The failure that the server states ([`failure_of`]), the break of the
/// stream, or `protocol` when the answer is not of this dialect.
pub fn chat(
    http: &dyn Http,
    request: &Request,
    turn: &mut dyn Turn,
    settings: &Settings,
    more: Map<String, Value>,
) -> Result<(), Failure> {
    let mut body = chat_body(request, settings);
    for (field, value) in more {
        if !settings.extra_body.contains_key(&field) && !settings.omit.contains(&field) {
            body.insert(field, value);
        }
    }
    let path = format!("{}/chat/completions", settings.base_path);
    let response = http.send(HttpRequest::post(path, &Value::Object(body), Framing::Sse))?;
    if response.status != 200 {
        return Err(failure_of(&response));
    }
    let kind = response.header("content-type").unwrap_or("text/event-stream");
    if !kind.to_ascii_lowercase().starts_with("text/event-stream") && response.broken.is_none() {
        return Err(protocol(format!(
            "the server answered a streamed request with `{kind}` instead of text/event-stream: \
             `{}`",
            excerpt(response.body())
        )));
    }
    let mut stream = Stream::new(turn, settings);
    if request.exact_length && !settings.gives_exact_length() {
        stream.note("exact_length", Value::Bool(false));
    }
    stream.read(&response)
}

/// Gets a JSON document.
///
/// # Errors
/// [`failure_of`] for a status other than 200, and `protocol` for what is no
/// JSON.
pub fn get_json(http: &dyn Http, path: &str) -> Result<(Value, HttpResponse), Failure> {
    let response = http.send(HttpRequest::get(path))?;
    Ok((json_of(&response, path)?, response))
}

/// Posts a JSON document and reads the one that answers it.
///
/// # Errors
/// As [`get_json`].
pub fn post_json(http: &dyn Http, path: &str, body: &Value) -> Result<Value, Failure> {
    let response = http.send(HttpRequest::post(path, body, Framing::Raw))?;
    json_of(&response, path)
}

fn json_of(response: &HttpResponse, path: &str) -> Result<Value, Failure> {
    if response.status != 200 {
        return Err(failure_of(response));
    }
    if let Some(broken) = &response.broken {
        return Err(broken.clone());
    }
    serde_json::from_slice(response.body()).map_err(|_| {
        protocol(format!("{path} answered what is no JSON: `{}`", excerpt(response.body())))
    })
}
