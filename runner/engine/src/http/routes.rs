//! Which path does what.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, SERVER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answer::Envelope;
use super::facts;
use super::problem::Problem;
use super::request::{AnswerRequest, Protocol};
use super::stream::EventStream;
use crate::Engine;
use crate::schedule::{Event, Generation};

/// Largest request body, in bytes.
const BODY_LIMIT: usize = 8 << 20;

/// Most bytes read of a body that is refused.
const DRAIN_LIMIT: usize = 64 << 20;

/// The name and version in every response.
const SERVER_NAME: &str = concat!("tachograph-engine/", env!("CARGO_PKG_VERSION"));

/// A whole answer, or one that arrives in events.
pub(super) type ResponseBody = Either<Full<Bytes>, EventStream>;

/// The routes of one engine.
#[derive(Debug)]
pub(super) struct Routes {
    engine: Engine,
    answers: AtomicU64,
}

#[derive(Debug, Deserialize)]
struct TokenizeRequest {
    content: String,
}

impl Routes {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, answers: AtomicU64::new(0) }
    }

    /// Answers any request.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let mut response = match self.route(request).await {
            Ok(response) => response,
            Err(problem) => json_response(problem.status, &problem.body()),
        };
        response.headers_mut().insert(SERVER, HeaderValue::from_static(SERVER_NAME));
        response
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Response<ResponseBody>, Problem> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let get = |value: Value| Ok(json_response(StatusCode::OK, &value));
        match (&method, path.as_str()) {
            (&Method::GET, "/health") => get(json!({"status": "ok"})),
            (&Method::GET, "/v1/models") => get(facts::models(&self.engine)),
            (&Method::GET, "/props") => get(facts::props(&self.engine)),
            (&Method::POST, "/tokenize") => {
                let TokenizeRequest { content } = read(request).await?;
                let mut tokens = Vec::new();
                self.engine.tokenizer().encode(&content, &mut tokens);
                get(json!({ "tokens": tokens }))
            }
            (&Method::POST, "/v1/chat/completions") => {
                self.generate(Protocol::Chat, read(request).await?).await
            }
            (&Method::POST, "/v1/completions") => {
                self.generate(Protocol::Completion, read(request).await?).await
            }
            (
                _,
                "/health"
                | "/v1/models"
                | "/props"
                | "/tokenize"
                | "/v1/chat/completions"
                | "/v1/completions",
            ) => Err(Problem::method(method.as_str(), &path)),
            _ => Err(Problem::not_found(&path)),
        }
    }

    async fn generate(
        &self,
        protocol: Protocol,
        request: AnswerRequest,
    ) -> Result<Response<ResponseBody>, Problem> {
        let prompt = request.tokens(protocol, &self.engine)?;
        let limits = request.limits(prompt.len(), self.engine.options().context)?;
        let (sender, events) = mpsc::unbounded_channel();
        let generation = Generation { prompt, limits, events: sender };
        self.engine.submit(generation).map_err(|_| Problem::stopped())?;
        let number = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        let envelope = Envelope::new(protocol, number);
        let tokenizer = self.engine.tokenizer();
        if request.streams() {
            let stream = EventStream::new(envelope, tokenizer, events, request.wants_usage());
            let mut response = Response::new(Either::Right(stream));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            return Ok(response);
        }
        let (mut events, mut text) = (events, String::new());
        loop {
            match events.recv().await {
                Some(Event::Token(id)) => text.push_str(&tokenizer.decode(id)),
                Some(Event::Done(finish, stats)) => {
                    let answer = envelope.whole(&text, finish, &stats);
                    return Ok(json_response(StatusCode::OK, &answer));
                }
                None => return Err(Problem::stopped()),
            }
        }
    }
}

/// Reads a JSON body of at most [`BODY_LIMIT`] bytes.
///
/// A larger body is read to its end, within reason, and forgotten: a client that is still
/// writing would otherwise see a broken connection instead of the refusal.
async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Problem> {
    let mut body = request.into_body();
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid("the body did not arrive whole"))?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= BODY_LIMIT {
            bytes.extend_from_slice(data);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length > BODY_LIMIT {
        return Err(Problem::too_large(BODY_LIMIT));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::invalid(format!("the request is not valid: {error}")))
}

fn json_response(status: StatusCode, value: &Value) -> Response<ResponseBody> {
    let body = Bytes::from(value.to_string());
    let mut response = Response::new(Either::Left(Full::new(body.clone())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    response
}
