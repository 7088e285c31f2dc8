//! A credential that the host fills in after the policy check.

use std::fmt;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};

use crate::NetError;

/// A header value that never leaves this crate but on the wire.
///
/// `Debug` and `Display` print `[redacted]`, there is no serde, and an exchange that carries the
/// value back (a server that echoes it) has it overwritten with `*` before anyone reads it.
#[derive(Clone)]
pub struct Secret {
    header: HeaderName,
    value: HeaderValue,
    plain: Arc<str>,
}

impl Secret {
    /// A secret sent as `header: prefix` + `value`, for example `authorization`, `Bearer `.
    ///
    /// # Errors
    /// `secret-invalid` if the header name is not one, if the value is empty, or if it holds a
    /// line break or another control character. The error never shows the value.
    pub fn new(header: &str, prefix: &str, value: &str) -> Result<Secret, NetError> {
        let header = HeaderName::from_bytes(header.as_bytes())
            .map_err(|_| NetError::Secret { reason: "its header name is not valid" })?;
        if value.is_empty() {
            return Err(NetError::Secret { reason: "it is empty" });
        }
        let mut sent = HeaderValue::from_str(&format!("{prefix}{value}")).map_err(|_| {
            NetError::Secret { reason: "it holds a line break or another control character" }
        })?;
        sent.set_sensitive(true);
        Ok(Secret { header, value: sent, plain: value.into() })
    }

    /// A bearer token: `authorization: Bearer` + `value`.
    ///
    /// # Errors
    /// As [`Secret::new`].
    pub fn bearer(value: &str) -> Result<Secret, NetError> {
        Secret::new("authorization", "Bearer ", value)
    }

    /// The name of the header it is sent in, in lower case.
    #[must_use]
    pub fn header(&self) -> &str {
        self.header.as_str()
    }

    pub(crate) fn pair(&self) -> (HeaderName, HeaderValue) {
        (self.header.clone(), self.value.clone())
    }

    /// Overwrites every occurrence of the value, keeping all lengths.
    pub(crate) fn scrub(&self, bytes: &mut [u8]) {
        let secret = self.plain.as_bytes();
        let mut at = 0;
        while let Some(found) = bytes[at..].iter().position(|byte| *byte == secret[0]) {
            at += found;
            if bytes[at..].starts_with(secret) {
                bytes[at..at + secret.len()].fill(b'*');
                at += secret.len();
            } else {
                at += 1;
            }
        }
    }

    pub(crate) fn scrub_text(&self, text: &mut String) {
        if text.contains(&*self.plain) {
            *text = text.replace(&*self.plain, &"*".repeat(self.plain.len()));
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}: [redacted])", self.header)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_prints() {
        let secret = Secret::bearer("sk-12345").unwrap();
        assert_eq!(format!("{secret:?} {secret}"), "Secret(authorization: [redacted]) [redacted]");
        let error = Secret::bearer("sk-12345\r\nhost: evil").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("sk-12345"));
    }

    #[test]
    fn an_echo_is_overwritten_in_place() {
        let secret = Secret::bearer("aab").unwrap();
        let mut bytes = b"xaaab-aab-aa".to_vec();
        secret.scrub(&mut bytes);
        assert_eq!(bytes, b"xa***-***-aa");
    }

    #[test]
    fn an_empty_one_is_refused() {
        assert_eq!(Secret::bearer("").unwrap_err().code(), "secret-invalid");
    }
}
