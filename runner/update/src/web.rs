//! Fetching over HTTP from a server that may be hostile.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{FetchCode, UpdateError, origin::is_loopback};

/// How slow a server may be: at any moment, `grace` and a second for every
/// `bytes_per_s` that have come. That is a deadline, a limit for silence and a
/// minimum rate at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The time for the connection and the first bytes; 20 s by default.
    pub grace: Duration,
    /// The least bytes a second after that; 4,096 by default.
    pub bytes_per_s: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { grace: Duration::from_secs(20), bytes_per_s: 4096 }
    }
}

/// The most redirects of one request.
const MAX_REDIRECTS: usize = 5;

/// A web server as a mirror.
#[derive(Debug)]
pub(crate) struct Web {
    base: Url,
    client: Client,
    patience: Patience,
}

impl Web {
    pub(crate) fn new(base: &Url, patience: Patience) -> Result<Self, UpdateError> {
        // Fails if another part of the process was first, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("tacho/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::custom(follow))
            .referer(false)
            .retry(reqwest::retry::never());
        // A proxy has no business between this machine and itself.
        let client = if is_loopback(base) { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| UpdateError::Fetch {
            url: base.to_string(),
            code: FetchCode::Connection,
            reason: format!("the HTTP client could not start: {error}"),
        })?;
        Ok(Self { base: base.clone(), client, patience })
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }

    /// Hands out the body of a file piece by piece; `false` when there is none.
    pub(crate) async fn stream(
        &self,
        name: &str,
        limit: u64,
        mut sink: impl FnMut(&[u8]) -> Result<(), UpdateError>,
    ) -> Result<bool, UpdateError> {
        let url = self.url(name);
        let failed = |code, reason: String| UpdateError::Fetch { url: url.clone(), code, reason };
        let slow = |received: u64| {
            let reason = format!("the server is too slow: {received} bytes so far");
            failed(FetchCode::TooSlow, reason)
        };
        let large = || failed(FetchCode::TooLarge, format!("it is larger than {limit} bytes"));
        let start = Instant::now();
        let due = |received: u64| {
            let earned =
                Duration::from_secs_f64(received as f64 / self.patience.bytes_per_s as f64);
            start + self.patience.grace + earned
        };
        let request = self.client.get(&url).header(header::ACCEPT_ENCODING, "identity").send();
        let answer = timeout_at(due(0), request).await.map_err(|_| slow(0))?;
        let mut response = answer.map_err(|error| {
            let code = match error.is_redirect() {
                true => FetchCode::Redirect,
                false => FetchCode::Connection,
            };
            failed(code, causes(&error))
        })?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(false),
            status if status.is_redirection() => {
                let reason = "it is redirected to what is no web address";
                return Err(failed(FetchCode::Redirect, reason.to_owned()));
            }
            status => return Err(failed(FetchCode::Status, format!("the server said {status}"))),
        }
        if is_encoded(&response) {
            let reason = "the server packed it; nothing is unpacked before it is checked";
            return Err(failed(FetchCode::Encoded, reason.to_owned()));
        }
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(large());
        }
        let mut received = 0;
        loop {
            let chunk = timeout_at(due(received), response.chunk()).await;
            let chunk = chunk.map_err(|_| slow(received))?;
            let chunk = chunk.map_err(|error| failed(FetchCode::Connection, causes(&error)))?;
            let Some(chunk) = chunk else { return Ok(true) };
            received += chunk.len() as u64;
            if received > limit {
                return Err(large());
            }
            sink(&chunk)?;
        }
    }
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let hops = attempt.previous().len();
    match attempt.previous().last().map(|before| refusal(before, attempt.url(), hops)) {
        None => attempt.stop(),
        Some(None) => attempt.follow(),
        Some(Some(reason)) => attempt.error(reason),
    }
}

/// Why a redirect is not followed: it stays in its scheme, plain text stays on
/// this machine, and there are not many of them.
fn refusal(from: &Url, to: &Url, hops: usize) -> Option<String> {
    if hops > MAX_REDIRECTS {
        return Some("it is redirected too often".to_owned());
    }
    if from.scheme() != to.scheme() {
        return Some(format!("it is redirected from {} to {}", from.scheme(), to.scheme()));
    }
    (to.scheme() != "https" && !is_loopback(to))
        .then(|| "it is redirected to another machine in plain text".to_owned())
}

fn is_encoded(response: &Response) -> bool {
    let encodings = response.headers().get_all(header::CONTENT_ENCODING);
    encodings.iter().any(|encoding| encoding.as_bytes() != b"identity")
}

/// An error with its causes, since reqwest keeps the telling part there.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_in_their_scheme() {
        let refused = |from: &str, to: &str, hops| {
            refusal(&from.parse().unwrap(), &to.parse().unwrap(), hops).is_some()
        };
        assert!(!refused("https://a.example/", "https://b.example/", 1));
        assert!(!refused("http://127.0.0.1:1/", "http://localhost:2/", 5));
        assert!(refused("https://a.example/", "http://a.example/", 1));
        assert!(refused("https://a.example/", "http://127.0.0.1/", 1));
        assert!(refused("http://127.0.0.1/", "https://a.example/", 1));
        assert!(refused("http://127.0.0.1/", "http://a.example/", 1));
        assert!(refused("https://a.example/", "https://b.example/", 6));
    }
}
