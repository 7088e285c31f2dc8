//! HTTP as a driver sees it: through the host, framed, without times.

use std::ops::Range;

use tachograph_model::Failure;

/// Sends requests to the one endpoint that the user bound.
///
/// On the host this is the native client with its clock; in tests it is
/// [`crate::testing::Tape`].
pub trait Http {
    /// Sends a request and waits for the end of its answer. A status of 400 or
    /// more is an answer, not an error; a stream that broke off is an answer
    /// with [`HttpResponse::broken`] set.
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure>;
}

/// How the host cuts a body into frames. The body of a status of 400 or more,
/// and a JSON body where a stream was asked for, comes as one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events: one frame an event; comments are skipped.
    Sse,
    /// One frame a non-empty line.
    Ndjson,
    /// The whole body as one frame.
    Raw,
}

/// A request of a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Begins with one `/`; it is joined to the base of the endpoint.
    pub path: String,
    /// Without the `?`.
    pub query: Option<String>,
    /// Names and values. Credentials are not among them: the host adds the
    /// header of a secret that the user bound.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How to cut the answer.
    pub framing: Framing,
}

impl HttpRequest {
    /// A GET whose answer is one frame.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            query: None,
            headers: vec![("accept".into(), "application/json".into())],
            body: Vec::new(),
            framing: Framing::Raw,
        }
    }

    /// A POST of a JSON document.
    pub fn post(path: impl Into<String>, body: &serde_json::Value, framing: Framing) -> Self {
        let accept = match framing {
            Framing::Sse => "text/event-stream",
            Framing::Ndjson => "application/x-ndjson",
            Framing::Raw => "application/json",
        };
        Self {
            method: "POST",
            path: path.into(),
            query: None,
            headers: vec![
                ("accept".into(), accept.into()),
                ("content-type".into(), "application/json".into()),
            ],
            body: body.to_string().into_bytes(),
            framing,
        }
    }

    /// The same request with a query.
    pub fn with_query(mut self, query: &str) -> Self {
        self.query = Some(query.to_owned());
        self
    }

    /// The same request with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// One frame of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the turn calls it.
    pub id: u64,
    /// The name of a server-sent event, when it had one.
    pub event: Option<&'a str>,
    /// Its bytes.
    pub data: &'a [u8],
}

/// An answer, complete or broken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// Names, in whatever case the server sent them, and values.
    pub headers: Vec<(String, String)>,
    /// Why the answer ended before its end.
    pub broken: Option<Failure>,
    bytes: Vec<u8>,
    frames: Vec<Placed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Placed {
    id: u64,
    event: Option<String>,
    range: Range<usize>,
}

impl HttpResponse {
    /// An answer that has a status and headers, and no frame yet.
    pub fn new(status: u16, headers: Vec<(String, String)>) -> Self {
        Self { status, headers, ..Self::default() }
    }

    /// Adds a frame at the end.
    pub fn push(&mut self, id: u64, event: Option<String>, data: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(data);
        self.frames.push(Placed { id, event, range: start..self.bytes.len() });
    }

    /// The frames that arrived, oldest first.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames.iter().map(|placed| Frame {
            id: placed.id,
            event: placed.event.as_deref(),
            data: self.bytes.get(placed.range.clone()).unwrap_or_default(),
        })
    }

    /// The bytes of all frames, joined; with [`Framing::Raw`] the body.
    pub fn body(&self) -> &[u8] {
        &self.bytes
    }

    /// The first value of a header; names compare without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
