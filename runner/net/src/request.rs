//! What a plugin asks to be sent.

use serde::{Deserialize, Serialize};

use crate::{Endpoint, NetError, policy};

/// A request without a host: the endpoint supplies scheme, host, port and secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method, for example `GET` or `POST`. Any valid token except `CONNECT`.
    pub method: String,
    /// The path below the endpoint's base; starts with one `/`.
    pub path: String,
    /// The query without its `?`, already percent-encoded.
    pub query: Option<String>,
    /// Header names and values, sent in this order.
    pub headers: Vec<(String, String)>,
    /// The body. Its length is sent as `content-length`.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET` of a path.
    #[must_use]
    pub fn get(path: &str) -> Request {
        Request { method: "GET".to_owned(), path: path.to_owned(), ..Request::default() }
    }

    /// A `POST` of a JSON body.
    #[must_use]
    pub fn post_json(path: &str, body: impl Into<Vec<u8>>) -> Request {
        Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: None,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into(),
        }
    }

    /// Checks method, path, query and headers against the [`policy`].
    ///
    /// [`Client::start`](crate::Client::start) does the same and ends the exchange with
    /// `policy-denied`; a host function may want the answer before it starts anything.
    ///
    /// # Errors
    /// `policy-denied`, naming what was refused.
    pub fn check(&self, endpoint: &Endpoint) -> Result<(), NetError> {
        self.parsed_method()?;
        policy::check_path(&self.path)?;
        if let Some(query) = &self.query {
            policy::check_query(query)?;
        }
        let secret = endpoint.secret().map(|secret| secret.header());
        for (name, value) in &self.headers {
            policy::check_header(name, value, secret)?;
        }
        Ok(())
    }

    pub(crate) fn parsed_method(&self) -> Result<http::Method, NetError> {
        match http::Method::from_bytes(self.method.as_bytes()) {
            Ok(method) if method != http::Method::CONNECT => Ok(method),
            _ => Err(NetError::denied(format!("method {:?}", self.method), "it is not allowed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn each_part_is_checked() {
        let endpoint = Endpoint::bind("api", "http://127.0.0.1:1", None).unwrap();
        let good = Request::post_json("/v1/x", "{}");
        assert!(good.check(&endpoint).is_ok());
        let header = |name: &str| vec![(name.to_owned(), "x".to_owned())];
        for bad in [
            Request { method: "CONNECT".into(), ..good.clone() },
            Request { method: "GET /evil".into(), ..good.clone() },
            Request { path: "http://evil.test/".into(), ..good.clone() },
            Request { query: Some("a b".into()), ..good.clone() },
            Request { headers: header("Content-Length"), ..good.clone() },
        ] {
            assert_eq!(bad.check(&endpoint).unwrap_err().code(), "policy-denied", "{bad:?}");
        }
        let secret = Some(Secret::new("x-api-key", "", "k").unwrap());
        let endpoint = Endpoint::bind("api", "http://127.0.0.1:1", secret).unwrap();
        let bad = Request { headers: header("X-API-Key"), ..good };
        assert!(bad.check(&endpoint).is_err());
    }
}
