//! A result from an address that the user named, with its seal.

use std::time::Duration;

use tachograph_net::{Client, Endpoint, Limits, Request};
use tachograph_trust::{MAX_RESULT_BYTES, MAX_SIGNATURE_BYTES};

use crate::{SealedRun, SessionError};

/// Fetches a result and, from the same address with `.minisig`, its seal. Nothing
/// of either is trusted yet, and no tape comes along.
///
/// # Errors
/// [`SessionError::Fetch`] when the server does not answer with both, within
/// their sizes and a minute. Redirects are not followed.
pub async fn fetch(url: &str) -> Result<SealedRun, SessionError> {
    let client = Client::new()?;
    let result = get(&client, url, MAX_RESULT_BYTES).await?;
    let seal = get(&client, &format!("{url}.minisig"), MAX_SIGNATURE_BYTES).await?;
    Ok(SealedRun::loose(url, result, seal))
}

async fn get(client: &Client, url: &str, max_body: usize) -> Result<Vec<u8>, SessionError> {
    let failed = |reason: String| SessionError::Fetch { url: url.to_owned(), reason };
    let (base, path) = split(url).ok_or_else(|| failed("it names no file".to_owned()))?;
    let endpoint = Endpoint::bind("result", base, None)?;
    let patience = Duration::from_secs(60);
    let limits = Limits {
        first_byte: patience,
        idle: patience,
        total: patience,
        max_body,
        ..Limits::default()
    };
    let exchange = client.start(&endpoint, Request::get(path), limits).finish().await;
    match (&exchange.error, exchange.head.as_ref().map(|head| head.status)) {
        (Some(error), _) => Err(failed(error.message.clone())),
        (None, Some(200)) => Ok(exchange.body),
        (None, Some(status @ 300..400)) => {
            Err(failed(format!("the server answers {status}; name the address it leads to")))
        }
        (None, status) => Err(failed(format!("the server answers {}", status.unwrap_or(0)))),
    }
}

/// The server of an address, and the path behind it.
fn split(url: &str) -> Option<(&str, &str)> {
    let authority = url.find("://")? + 3;
    let path = authority + url.get(authority..)?.find('/')?;
    let (base, path) = url.split_at(path);
    (path.len() > 1 && !path.contains(['?', '#'])).then_some((base, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_server_and_a_path() {
        let url = "https://example.org:8443/runs/a.json";
        assert_eq!(split(url), Some(("https://example.org:8443", "/runs/a.json")));
        for bad in ["https://example.org", "https://example.org/", "a.json", "http://h/a?b"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
