//! An endpoint that answers from a text file.

use std::cell::{Cell, RefCell};

use serde_json::Value;
use tachograph_model::Failure;

use super::sse::Events;
use crate::{Framing, Http, HttpRequest, HttpResponse};

/// Recorded answers, each given once, in order, to the request of its method
/// and path.
///
/// The text form, one exchange after another:
///
/// ```text
/// # Lines before the first exchange are comments.
/// === POST /v1/chat/completions
/// 200
/// content-type: text/event-stream
///
/// data: {"choices":[]}
///
/// data: [DONE]
///
/// ```
///
/// The status may be a line of HTTP and the lines may end in CRLF, as `curl -i`
/// prints them. A body runs to the line before the next `=== `; it is the body after
/// transfer decoding. A request that no exchange answers fails with
/// `not-recorded`.
#[derive(Debug)]
pub struct Tape {
    exchanges: RefCell<Vec<Exchange>>,
    sent: RefCell<Vec<HttpRequest>>,
    piece: Cell<usize>,
    cut: Cell<Option<usize>>,
}

#[derive(Debug)]
struct Exchange {
    method: String,
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Tape {
    /// Reads the text form.
    ///
    /// # Panics
    /// When the text is not a tape; this is for tests.
    pub fn parse(text: &str) -> Self {
        Self {
            exchanges: RefCell::new(Exchange::all(text)),
            sent: RefCell::default(),
            piece: Cell::new(usize::MAX),
            cut: Cell::new(None),
        }
    }

    /// The same tape with the exchanges of another one after its own.
    ///
    /// # Panics
    /// As [`Tape::parse`].
    pub fn and(self, text: &str) -> Self {
        self.exchanges.borrow_mut().extend(Exchange::all(text));
        self
    }

    /// The same tape, whose bodies arrive in pieces of so many bytes.
    pub fn in_pieces_of(self, bytes: usize) -> Self {
        self.piece.set(bytes.max(1));
        self
    }

    /// The same tape, whose streamed bodies break off after so many bytes.
    pub fn cut_after(self, bytes: usize) -> Self {
        self.cut.set(Some(bytes));
        self
    }

    /// The JSON bodies that were sent, oldest first; null where there was none.
    pub fn sent(&self) -> Vec<Value> {
        let sent = self.sent.borrow();
        sent.iter()
            .map(|request| serde_json::from_slice(&request.body).unwrap_or_default())
            .collect()
    }
}

impl Exchange {
    fn all(text: &str) -> Vec<Self> {
        // What precedes the first exchange is comment.
        let text = format!("\n{text}");
        let parse = |exchange: &str| {
            Self::parse(exchange).unwrap_or_else(|| {
                panic!("not an exchange: {}", exchange.chars().take(80).collect::<String>())
            })
        };
        text.split("\n=== ").skip(1).map(parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        // Heads end their lines in LF or, as `curl -i` prints them, in CRLF;
        // bodies are kept as they are.
        let mut rest = text;
        let mut line = || {
            let (line, after) = rest.split_once('\n')?;
            rest = after;
            Some(line.trim_end_matches('\r'))
        };
        let (method, path) = line()?.split_once(' ')?;
        let status = status_of(line()?)?;
        let mut headers = Vec::new();
        loop {
            match line()? {
                "" => break,
                header => {
                    let (name, value) = header.split_once(':')?;
                    headers.push((name.to_owned(), value.trim().to_owned()));
                }
            }
        }
        let (method, path) = (method.to_owned(), path.trim().to_owned());
        Some(Self { method, path, status, headers, body: rest.as_bytes().to_vec() })
    }
}

/// `200`, or `HTTP/1.1 200 OK`.
fn status_of(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let status = if first.starts_with("HTTP/") { words.next()? } else { first };
    status.parse().ok()
}

impl Http for Tape {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let mut path = request.path.clone();
        if let Some(query) = &request.query {
            path = format!("{path}?{query}");
        }
        let method = request.method;
        self.sent.borrow_mut().push(request.clone());
        let mut exchanges = self.exchanges.borrow_mut();
        let found = exchanges.iter().position(|known| known.method == method && known.path == path);
        let Some(found) = found else {
            return Err(Failure::new("not-recorded", format!("no exchange for {method} {path}")));
        };
        let exchange = exchanges.remove(found);
        let mut response = HttpResponse::new(exchange.status, exchange.headers);
        let json = response
            .header("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("application/json"));
        let whole = request.framing == Framing::Raw || exchange.status >= 400 || json;
        let mut body = exchange.body.as_slice();
        if let Some(cut) = self.cut.get().filter(|_| !whole) {
            body = body.get(..cut).unwrap_or(body);
            response.broken = Some(Failure::new("connection-reset", "the connection was reset"));
        }
        if whole {
            response.push(0, None, body.trim_ascii_end());
            return Ok(response);
        }
        match request.framing {
            Framing::Ndjson => {
                let lines = body
                    .split(|byte| *byte == b'\n')
                    .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
                    .filter(|line| !line.is_empty());
                for (id, line) in (0u64..).zip(lines) {
                    response.push(id, None, line);
                }
            }
            Framing::Sse | Framing::Raw => {
                let mut events = Events::default();
                for piece in body.chunks(self.piece.get()) {
                    events.push(piece);
                }
                for (id, (name, data)) in (0u64..).zip(events.finish()) {
                    response.push(id, name, &data);
                }
            }
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_curl_prints_is_an_exchange() {
        let printed = "=== POST /g\nHTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\
                       X-Empty:\r\n\r\n{\"a\": 1}\r\n{\"a\": 2}\r\n\r\n=== GET /i\nHTTP/2 404 \r\n\r\nno\n";
        let tape = Tape::parse(printed);
        let request = HttpRequest::post("/g", &json!({}), Framing::Ndjson);
        let response = tape.send(request).unwrap();
        assert_eq!((response.status, response.header("x-empty")), (200, Some("")));
        let lines: Vec<&[u8]> = response.frames().map(|frame| frame.data).collect();
        assert_eq!(lines, [b"{\"a\": 1}", b"{\"a\": 2}"]);
        assert_eq!(tape.send(HttpRequest::get("/i")).unwrap().status, 404);
    }

    #[test]
    #[should_panic(expected = "not an exchange")]
    fn an_exchange_without_a_status_is_none() {
        let _ = Tape::parse("=== GET /i\nOK\n\n{}");
    }
}
