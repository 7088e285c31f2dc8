//! How long and how large one exchange may be.

use std::time::Duration;

/// Bounds on one exchange. Past any of them it ends with a [`WireError`](crate::WireError).
///
/// They guard the run and do not shape the measurement: none of them delays a stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Name lookup, TCP and TLS together. Default 10 s. Code `timeout-connect`.
    pub connect: Duration,
    /// From the send to the first byte of the body. Default 600 s, since the prefill of a long
    /// prompt on a small machine takes minutes. Code `timeout-first-byte`.
    pub first_byte: Duration,
    /// Between two reads of the body. Default 120 s. Code `timeout-idle`.
    pub idle: Duration,
    /// From the send to the end of the body. Default 3,600 s. Code `timeout-total`.
    pub total: Duration,
    /// Bytes of body. Default 32 MiB. What came before the bound is kept. Code `body-too-large`.
    pub max_body: usize,
    /// Bytes of header names and values together. Default 64 KiB. Code `headers-too-large`.
    pub max_headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(3600),
            max_body: 32 << 20,
            max_headers: 64 << 10,
        }
    }
}
