//! One request, once.

use std::time::Duration;

use tachograph_net::{Client, Endpoint, Exchange, Head, Limits, NetError, Request, Secret};
use url::Url;

use crate::ShareError;

/// The path of the device-profiling API, where an address has none.
const ROWS_PATH: &str = "/api/v1/benchmarks";
/// Characters of the server's answer that are kept.
const SAID: usize = 500;
/// Bytes of the server's answer that are read.
const ANSWER_BYTES: usize = 256 << 10;

/// What a server said when it took a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The HTTP status.
    pub status: u16,
    /// The beginning of its answer.
    pub said: String,
}

/// Posts a JSON document to `to`, once: no redirect is followed, and nothing is
/// sent again whatever the answer. `key` is sent as a bearer token and is
/// nowhere else.
///
/// # Errors
/// [`ShareError::InTheClear`] and [`ShareError::Net`] before anything is sent;
/// [`ShareError::Refused`] for every answer but 2xx; [`ShareError::Unanswered`]
/// when it is not known whether the server has it.
pub async fn submit(to: &str, key: Option<&str>, body: Vec<u8>) -> Result<Accepted, ShareError> {
    let (endpoint, path) = address(to, key)?;
    let limits = Limits {
        first_byte: Duration::from_secs(60),
        idle: Duration::from_secs(30),
        total: Duration::from_secs(120),
        max_body: ANSWER_BYTES,
        ..Limits::default()
    };
    let request = Request::post_json(&path, body);
    answer(Client::new()?.start(&endpoint, request, limits).finish().await)
}

/// The server and the path below it.
fn address(to: &str, key: Option<&str>) -> Result<(Endpoint, String), ShareError> {
    let secret = key.map(Secret::bearer).transpose()?;
    // The endpoint refuses what is no URL, with its reason.
    let (base, path) = match Url::parse(to) {
        Ok(url) if !url.cannot_be_a_base() => {
            let mut base = url.clone();
            base.set_path("");
            (base.to_string(), url.path().to_owned())
        }
        _ => (to.to_owned(), String::new()),
    };
    let endpoint = Endpoint::bind("to", &base, secret)?;
    if !base.starts_with("https:") && !endpoint.is_loopback() {
        return Err(ShareError::InTheClear { url: endpoint.base_url().to_owned() });
    }
    let path = if path.len() <= 1 { ROWS_PATH.to_owned() } else { path };
    Ok((endpoint, path))
}

fn answer(exchange: Exchange) -> Result<Accepted, ShareError> {
    let said = shortened(&exchange.body);
    let Some(head) = &exchange.head else {
        let error = exchange.error;
        return Err(match (error, exchange.timing.written) {
            (Some(error), None) => NetError::Wire(error).into(),
            (error, _) => ShareError::Unanswered {
                reason: error.map_or("the connection ended".to_owned(), |error| error.message),
            },
        });
    };
    // A status says enough, even where the text behind it broke off.
    match head.status {
        status @ 200..300 => Ok(Accepted { status, said }),
        status => Err(ShareError::Refused { status, said, retry_after_s: retry_after(head) }),
    }
}

fn retry_after(head: &Head) -> Option<u64> {
    head.header("retry-after")?.trim().parse().ok()
}

/// The beginning of a text on one line.
fn shortened(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let words: String = text.trim().chars().map(plain).take(SAID).collect();
    match words.is_empty() {
        true => "without a word".to_owned(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(to: &str) -> ShareError {
        address(to, None).map(|(endpoint, _)| endpoint.base_url().to_owned()).unwrap_err()
    }

    #[test]
    fn plain_http_reaches_this_machine_alone() {
        for to in ["http://example.org/api", "http://10.0.0.1", "http://192.0.2.1:80/x"] {
            assert_eq!(refused(to).code(), "in-the-clear", "{to}");
        }
        for to in ["https://example.org/x", "http://127.0.0.1:9/x", "http://localhost/x"] {
            assert_eq!(address(to, None).unwrap().1, "/x", "{to}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for to in ["", "example.org", "ftp://example.org/", "https://u:p@example.org/x", "data:,x"]
        {
            assert_eq!(refused(to).code(), "endpoint-url", "{to}");
        }
        assert_eq!(refused("https://169.254.169.254/x").code(), "policy-denied");
        assert_eq!(refused("https://example.org/x?key=1").code(), "endpoint-url");
    }

    #[test]
    fn an_address_without_a_path_is_that_of_the_api() {
        assert_eq!(address("https://example.org", None).unwrap().1, "/api/v1/benchmarks");
        assert_eq!(address("https://example.org/", None).unwrap().1, "/api/v1/benchmarks");
    }

    #[test]
    fn a_key_is_in_no_error() {
        let error = address("https://example.org", Some("planted\nkey")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("planted"));
    }

    #[test]
    fn an_answer_is_one_short_line() {
        assert_eq!(shortened(b" a\nb\x1b[31m "), "a b [31m");
        assert_eq!(shortened(b""), "without a word");
        assert_eq!(shortened("é".repeat(2000).as_bytes()).chars().count(), SAID);
    }
}
