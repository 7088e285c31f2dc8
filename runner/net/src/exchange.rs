//! What one request and its answer leave behind: plain data.

use serde::{Deserialize, Serialize};

use crate::{Stamp, WireError};

/// One request's answer as it arrived, with every stamp.
///
/// It is what a tape keeps and a replay reads. The body is not part of the serialized form: it is
/// stored beside it as one blob, and the [`reads`](Exchange::reads) say how to slice it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// When each step happened.
    pub timing: Timing,
    /// Status and headers; `None` if the exchange failed before they came.
    pub head: Option<Head>,
    /// The reads of the body, in order. Their lengths add up to the body's.
    pub reads: Vec<Read>,
    /// All bytes of the body that arrived, transfer coding removed, content coding untouched.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Why the exchange is not complete; `None` if it is. An error status is not an error here.
    pub error: Option<WireError>,
}

/// The stamps of one exchange. `None` is "did not happen or was not seen", never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// When the caller wanted the request to leave.
    pub scheduled: Stamp,
    /// When the reader thread took it up; `started - scheduled` is the lateness of the send.
    pub started: Stamp,
    /// Nanoseconds of name lookup for this request's own connection; `None` if there was none.
    pub dns_ns: Option<u64>,
    /// Nanoseconds of TCP and TLS set-up; `None` if a pooled connection was used.
    pub connect_ns: Option<u64>,
    /// Whether a pooled connection was used; `None` if the exchange failed before that was known.
    pub reused: Option<bool>,
    /// When the last byte of the request was handed over.
    ///
    /// HTTP/1.1 without TLS: right after the system call that took the last byte of the body.
    /// With TLS or HTTP/2, and for requests without a body: when the last byte entered the
    /// connection's write buffer, which is flushed in the same turn of the reader thread.
    pub written: Option<Stamp>,
    /// When status and headers were parsed.
    pub headers: Option<Stamp>,
    /// When the first byte of the body arrived: the stamp of the first read.
    pub first_byte: Option<Stamp>,
    /// When the last bytes of the body arrived: the stamp of the last read.
    pub last_byte: Option<Stamp>,
    /// When the exchange was over: end of stream seen, or the error.
    pub end: Stamp,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`; `None` without an answer.
    pub http_version: Option<String>,
}

/// Status and headers of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The status code, 100 to 999. A redirect is data: it is never followed.
    pub status: u16,
    /// Header names in lower case and their values, in order of arrival within one name.
    /// Bytes that are not UTF-8 become U+FFFD.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The first value of a header. `name` is matched without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| &**v)
    }
}

/// Consecutive bytes of a body that arrived together.
///
/// Bytes that the connection had ready in the same turn of the reader thread share one stamp, up
/// to 64 KiB and 50 µs: several events in one packet are one read, and that stays visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// When they arrived.
    pub at: Stamp,
    /// How many bytes they are.
    pub len: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_serde_without_its_body() {
        let exchange = Exchange {
            timing: Timing {
                scheduled: Stamp(1),
                started: Stamp(2),
                dns_ns: None,
                connect_ns: Some(3),
                reused: Some(false),
                written: Some(Stamp(4)),
                headers: Some(Stamp(5)),
                first_byte: Some(Stamp(6)),
                last_byte: Some(Stamp(6)),
                end: Stamp(7),
                http_version: Some("HTTP/1.1".into()),
            },
            head: Some(Head { status: 200, headers: vec![("x".into(), "y".into())] }),
            reads: vec![Read { at: Stamp(6), len: 2 }],
            body: b"hi".to_vec(),
            error: Some(WireError::new(crate::WireCode::Reset, "the peer reset the connection")),
        };
        let text = serde_json::to_string(&exchange).unwrap();
        let mut back: Exchange = serde_json::from_str(&text).unwrap();
        assert!(back.body.is_empty());
        back.body = b"hi".to_vec();
        assert_eq!(back, exchange);
    }
}
