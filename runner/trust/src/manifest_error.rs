//! An error in a manifest, with its place.

use std::{fmt, ops::Range};

use crate::walk::Fault;

/// What is wrong in a manifest, and where.
///
/// Shown as `suite.toml:12:3: unknown key "trails"; did you mean "trials"?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key it is about, for example `profiles.quick.trails`.
    pub key: Option<String>,
    /// The nearest known key or value.
    pub nearest: Option<String>,
    /// What is wrong, without the place and the suggestion.
    pub message: String,
}

impl ManifestError {
    /// The stable code, always `manifest-invalid`.
    pub fn code(&self) -> &'static str {
        "manifest-invalid"
    }

    pub(crate) fn at_start(file: &str, message: impl Into<String>) -> Self {
        Self::from_fault(file, "", Fault::new(0..0, message))
    }

    pub(crate) fn from_fault(file: &str, text: &str, fault: Fault) -> Self {
        let (line, column) = position(text, &fault.span);
        Self {
            file: file.to_owned(),
            line,
            column,
            key: fault.key,
            nearest: fault.nearest,
            message: fault.message,
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ManifestError {}

/// Line and column of the start of a span, both from 1.
fn position(text: &str, span: &Range<usize>) -> (usize, usize) {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
