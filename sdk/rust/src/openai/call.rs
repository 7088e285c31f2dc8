//! Whole exchanges: what most drivers of this dialect do.

use serde_json::{Map, Value};
use tachograph_model::{Failure, Request};

use super::{
    Settings, Stream, accepted, chat_body, excerpt, hosted::notes_of_headers, not_offered, protocol,
};
use crate::{Framing, Http, HttpRequest, HttpResponse, Turn};

/// Runs one request over `/chat/completions` and attributes every frame.
///
/// `more` is added to the body of [`chat_body`] before the user's own fields.
///
/// # Errors
/// The failure that the server states ([`failure_of`](super::failure_of)), the break of the
/// stream, or `protocol` when the answer is not of this dialect.
pub fn chat(
    http: &dyn Http,
    request: &Request,
    turn: &mut dyn Turn,
    settings: &Settings,
    more: Map<String, Value>,
) -> Result<(), Failure> {
    let response = send_chat(http, request, settings, more)?;
    chat_stream(request, &response, turn, settings).read(&response)
}

/// The reader of an answer, with what its headers say as notes.
pub fn chat_stream<'t>(
    request: &Request,
    response: &HttpResponse,
    turn: &'t mut dyn Turn,
    settings: &'t Settings,
) -> Stream<'t> {
    let mut stream = Stream::new(turn, settings);
    for (name, value) in notes_of_headers(response) {
        stream.note(&name, value);
    }
    if request.exact_length && !settings.gives_exact_length() {
        stream.note("exact_length", Value::Bool(false));
    }
    stream
}

/// The first half of [`chat`]: sends the request and gives the stream that
/// answers it, unread, for drivers that look into it before
/// [`chat_stream`] reads it.
///
/// # Errors
/// [`failure_of`](super::failure_of), and `protocol` when the answer is no stream.
pub fn send_chat(
    http: &dyn Http,
    request: &Request,
    settings: &Settings,
    more: Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let mut body = chat_body(request, settings);
    for (field, value) in more {
        if !settings.extra_body.contains_key(&field) && !settings.omit.contains(&field) {
            body.insert(field, value);
        }
    }
    let path = format!("{}/chat/completions", settings.base_path);
    let response = post_stream(http, &path, &Value::Object(body), Framing::Sse)?;
    let kind = response.header("content-type").unwrap_or("text/event-stream");
    if !kind.to_ascii_lowercase().starts_with("text/event-stream") && response.broken.is_none() {
        return Err(protocol(format!(
            "the server answered a streamed request with `{kind}` instead of text/event-stream: \
             `{}`",
            excerpt(response.body())
        )));
    }
    Ok(response)
}

/// Gets a JSON document.
///
/// # Errors
/// [`failure_of`](super::failure_of) for a status other than 200, and `protocol` for what is no
/// JSON.
pub fn get_json(http: &dyn Http, path: &str) -> Result<(Value, HttpResponse), Failure> {
    let response = accepted(http.send(HttpRequest::get(path))?)?;
    Ok((json_of(&response, path)?, response))
}

/// Posts a JSON document and reads the one that answers it.
///
/// # Errors
/// As [`get_json`].
pub fn post_json(http: &dyn Http, path: &str, body: &Value) -> Result<Value, Failure> {
    let response = post_stream(http, path, body, Framing::Raw)?;
    json_of(&response, path)
}

/// Posts a JSON document and gives its answer, unread.
///
/// # Errors
/// [`failure_of`](super::failure_of) for a status other than 200.
pub fn post_stream(
    http: &dyn Http,
    path: &str,
    body: &Value,
    framing: Framing,
) -> Result<HttpResponse, Failure> {
    accepted(http.send(HttpRequest::post(path, body, framing))?)
}

/// The text that a server gives at a route of its own, for example its version;
/// `None` where a proxy serves only the dialect.
pub fn text_at(http: &dyn Http, path: &str, key: &str) -> Option<String> {
    let (answer, _) = get_json(http, path).ok()?;
    Some(answer.get(key)?.as_str()?.to_owned())
}

/// Asks a tokenizer route how many tokens there are: `count` or `length` of
/// its answer, else the length of `tokens`.
///
/// # Errors
/// `unsupported` where the server has no such route, else as [`post_json`].
pub fn token_count(http: &dyn Http, path: &str, body: &Value) -> Result<u64, Failure> {
    let answer = post_json(http, path, body).map_err(not_offered)?;
    let stated = ["count", "length"].iter().find_map(|key| answer.get(key)?.as_u64());
    let tokens = || Some(answer.get("tokens")?.as_array()?.len() as u64);
    stated
        .or_else(tokens)
        .ok_or_else(|| protocol(format!("{path} answered without a count of tokens")))
}

fn json_of(response: &HttpResponse, path: &str) -> Result<Value, Failure> {
    if let Some(broken) = &response.broken {
        return Err(broken.clone());
    }
    serde_json::from_slice(response.body()).map_err(|_| {
        protocol(format!("{path} answered what is no JSON: `{}`", excerpt(response.body())))
    })
}
