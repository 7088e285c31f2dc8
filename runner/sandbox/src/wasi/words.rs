//! The standard streams of a guest: what it wrote last, for the message of its crash.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::limits::FAILURE_TEXT;

/// The last 4 KiB that a guest wrote to its standard streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl LastWords {
    pub(crate) fn clear(&self) {
        self.with(Vec::clear);
    }

    /// What was written, without control characters; `None` if that is nothing.
    pub(crate) fn text(&self) -> Option<String> {
        let text = self.with(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let text = crate::functions::printable(text.trim());
        (!text.is_empty()).then_some(text)
    }

    fn add(&self, more: &[u8]) {
        self.with(|bytes| {
            bytes.extend_from_slice(&more[more.len().saturating_sub(FAILURE_TEXT)..]);
            let surplus = bytes.len().saturating_sub(FAILURE_TEXT);
            bytes.drain(..surplus);
        });
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl IsTerminal for LastWords {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LastWords {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for LastWords {
    async fn ready(&mut self) {}
}

impl OutputStream for LastWords {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.add(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(FAILURE_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_the_last() {
        let words = LastWords::default();
        words.add(&vec![b'a'; 10 * FAILURE_TEXT]);
        words.add(b"panicked at \x1b[31mhere\n");
        let text = words.text().unwrap();
        assert!(text.ends_with("panicked at \\u{1b}[31mhere"));
        assert!(text.len() <= FAILURE_TEXT + 16);
    }
}
