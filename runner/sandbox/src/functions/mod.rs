//! The functions that a plugin may call, one interface a file.

mod facts;
mod http;
mod turn;

use tachograph_model::Failure;

use crate::bindings::types::Error;
use crate::limits::FAILURE_TEXT;

/// An error of the host for the guest.
pub(crate) fn refuse(code: &str, message: impl Into<String>) -> Error {
    Error {
        code: code.to_owned(),
        message: message.into(),
        retryable: false,
        http_status: None,
        retry_after_ms: None,
        detail: None,
    }
}

/// A failure of the host for the guest.
pub(crate) fn error_of(failure: Failure) -> Error {
    Error {
        code: failure.code,
        message: failure.message,
        retryable: failure.retryable,
        http_status: failure.http_status,
        retry_after_ms: failure.retry_after_ms,
        detail: failure.detail,
    }
}

/// An error of the guest for the host: bounded, and safe to print.
pub(crate) fn failure_of(error: Error) -> Failure {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (1..=64).contains(&error.code.len()) && error.code.chars().all(known);
    Failure {
        code: if good { error.code } else { "plugin-failure".to_owned() },
        message: printable(cut(&error.message, FAILURE_TEXT)),
        retryable: error.retryable,
        http_status: error.http_status,
        retry_after_ms: error.retry_after_ms,
        detail: error.detail.map(|detail| printable(cut(&detail, FAILURE_TEXT))),
    }
}

/// The text up to a bound in bytes, at the end of a character.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The text without control characters, which could drive a terminal; line ends and tabs stay.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_a_guest_is_made_safe() {
        let mut error =
            refuse("Evil\u{1b}[2J", "\u{1b}]0;title\u{7}".to_owned() + &"é".repeat(9000));
        error.http_status = Some(503);
        let failure = failure_of(error);
        assert_eq!(failure.code, "plugin-failure");
        assert!(failure.message.starts_with("\\u{1b}]0;title\\u{7}é"));
        assert!(failure.message.len() < FAILURE_TEXT + 16);
        assert_eq!(failure.http_status, Some(503));
    }
}
