//! How an exchange failed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::NetError;

/// The documented ways in which an exchange fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WireCode {
    /// Nothing listens there.
    ConnectRefused,
    /// No route to the host or network.
    Unreachable,
    /// The name could not be resolved.
    Dns,
    /// The TLS handshake failed, or the certificate is not trusted.
    Tls,
    /// [`Limits::connect`](crate::Limits::connect) passed.
    TimeoutConnect,
    /// [`Limits::first_byte`](crate::Limits::first_byte) passed.
    TimeoutFirstByte,
    /// [`Limits::idle`](crate::Limits::idle) passed.
    TimeoutIdle,
    /// [`Limits::total`](crate::Limits::total) passed.
    TimeoutTotal,
    /// The peer reset the connection or the stream.
    Reset,
    /// The peer closed before the message was complete. What came is kept.
    ClosedEarly,
    /// [`Limits::max_body`](crate::Limits::max_body) passed. What came before it is kept.
    BodyTooLarge,
    /// [`Limits::max_headers`](crate::Limits::max_headers) passed, or over 100 header lines.
    HeadersTooLarge,
    /// The peer does not speak valid HTTP.
    BadHttp,
    /// An address, path or header that is always refused.
    PolicyDenied,
    /// The caller ended it.
    Cancelled,
}

impl WireCode {
    /// Every code, in the order of this enum.
    pub const ALL: [WireCode; 15] = [
        WireCode::ConnectRefused,
        WireCode::Unreachable,
        WireCode::Dns,
        WireCode::Tls,
        WireCode::TimeoutConnect,
        WireCode::TimeoutFirstByte,
        WireCode::TimeoutIdle,
        WireCode::TimeoutTotal,
        WireCode::Reset,
        WireCode::ClosedEarly,
        WireCode::BodyTooLarge,
        WireCode::HeadersTooLarge,
        WireCode::BadHttp,
        WireCode::PolicyDenied,
        WireCode::Cancelled,
    ];

    /// The stable text of the code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            WireCode::ConnectRefused => "connect-refused",
            WireCode::Unreachable => "unreachable",
            WireCode::Dns => "dns",
            WireCode::Tls => "tls",
            WireCode::TimeoutConnect => "timeout-connect",
            WireCode::TimeoutFirstByte => "timeout-first-byte",
            WireCode::TimeoutIdle => "timeout-idle",
            WireCode::TimeoutTotal => "timeout-total",
            WireCode::Reset => "reset",
            WireCode::ClosedEarly => "closed-early",
            WireCode::BodyTooLarge => "body-too-large",
            WireCode::HeadersTooLarge => "headers-too-large",
            WireCode::BadHttp => "bad-http",
            WireCode::PolicyDenied => "policy-denied",
            WireCode::Cancelled => "cancelled",
        }
    }

    /// Whether the same request may succeed when sent again.
    #[must_use]
    pub fn retryable(self) -> bool {
        match self {
            WireCode::ConnectRefused
            | WireCode::Unreachable
            | WireCode::TimeoutConnect
            | WireCode::TimeoutFirstByte
            | WireCode::TimeoutIdle
            | WireCode::TimeoutTotal
            | WireCode::Reset
            | WireCode::ClosedEarly => true,
            WireCode::Dns
            | WireCode::Tls
            | WireCode::BodyTooLarge
            | WireCode::HeadersTooLarge
            | WireCode::BadHttp
            | WireCode::PolicyDenied
            | WireCode::Cancelled => false,
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            WireCode::ConnectRefused => Some("is the server running, and is the port right?"),
            WireCode::Unreachable | WireCode::Dns => Some("check the host name and the network"),
            WireCode::Tls => Some("check that the server speaks TLS and that its CA is trusted"),
            WireCode::BadHttp => Some("check that the port is the one of the HTTP API"),
            _ => None,
        }
    }
}

/// Why an exchange has no complete answer. Plain data, kept on the tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireError {
    /// One of [`WireCode::as_str`]. Text, so that an old reader can hold a new code.
    pub code: String,
    /// One sentence for people. Never holds a secret.
    pub message: String,
    /// Whether the same request may succeed when sent again.
    pub retryable: bool,
}

impl WireError {
    /// An error of a documented code.
    #[must_use]
    pub fn new(code: WireCode, message: impl Into<String>) -> WireError {
        let message = message.into();
        WireError { code: code.as_str().to_owned(), message, retryable: code.retryable() }
    }

    /// What the user can do next, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        WireCode::ALL.iter().find(|code| code.as_str() == self.code).and_then(|code| code.hint())
    }
}

impl From<NetError> for WireError {
    fn from(error: NetError) -> WireError {
        match error {
            NetError::Wire(error) => error,
            other => WireError {
                code: other.code().to_owned(),
                message: other.to_string(),
                retryable: false,
            },
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for WireError {}
