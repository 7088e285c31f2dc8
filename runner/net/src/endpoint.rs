//! The one place a user allowed to be measured.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::{NetError, Secret, policy};

/// An exact scheme, host and port, bound to a slot name by the user. Cheap to clone.
///
/// ```
/// use tachograph_net::Endpoint;
///
/// let endpoint = Endpoint::bind("api", "http://127.0.0.1:8080/v1/", None)?;
/// assert_eq!(endpoint.base_url(), "http://127.0.0.1:8080/v1");
/// assert!(endpoint.is_loopback());
///
/// for refused in ["ftp://127.0.0.1", "http://user:pw@127.0.0.1", "http://0x7f.1:0", "127.0.0.1:80"] {
///     assert_eq!(Endpoint::bind("api", refused, None).unwrap_err().code(), "endpoint-url");
/// }
/// let error = Endpoint::bind("api", "http://169.254.169.254", None).unwrap_err();
/// assert_eq!(error.code(), "policy-denied");
/// # Ok::<(), tachograph_net::NetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint {
    bound: Arc<Bound>,
}

#[derive(Debug)]
struct Bound {
    name: String,
    base: Url,
    base_text: String,
    host: String,
    port: u16,
    loopback: bool,
    secret: Option<Secret>,
}

impl Endpoint {
    /// Binds the slot `name` to the scheme, host, port and base path of `url`.
    ///
    /// # Errors
    /// `endpoint-url` if the URL is not one, names another scheme than http or https, has no
    /// host, or carries user information, a query or a fragment. `policy-denied` if the host is
    /// an address that is always refused (see [`policy`]).
    pub fn bind(name: &str, url: &str, secret: Option<Secret>) -> Result<Endpoint, NetError> {
        let refuse = |reason: String| Err(NetError::EndpointUrl { name: name.to_owned(), reason });
        let base = match Url::parse(url) {
            Ok(base) => base,
            Err(error) => return refuse(error.to_string()),
        };
        if !matches!(base.scheme(), "http" | "https") {
            return refuse("the scheme must be http or https".to_owned());
        }
        if !base.username().is_empty() || base.password().is_some() {
            return refuse("it holds a user name or password; bind a secret instead".to_owned());
        }
        if base.query().is_some() || base.fragment().is_some() {
            return refuse("it holds a query or a fragment".to_owned());
        }
        let port = match base.port_or_known_default() {
            None | Some(0) => return refuse("port 0 cannot be connected to".to_owned()),
            Some(port) => port,
        };
        let (host, loopback) = match base.host() {
            None => return refuse("it has no host".to_owned()),
            Some(Host::Domain(domain)) => (domain.to_owned(), policy::is_localhost(domain)),
            Some(Host::Ipv4(v4)) => (v4.to_string(), checked(IpAddr::V4(v4))?),
            Some(Host::Ipv6(v6)) => (v6.to_string(), checked(IpAddr::V6(v6))?),
        };
        let base_text = base.as_str().trim_end_matches('/').to_owned();
        let name = name.to_owned();
        let bound = Bound { name, base, base_text, host, port, loopback, secret };
        Ok(Endpoint { bound: Arc::new(bound) })
    }

    /// The slot name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.bound.name
    }

    /// Scheme, host, port and base path, without a trailing `/`. Holds no credentials.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.bound.base_text
    }

    /// Whether it can only be this machine: a loopback address or a `localhost` name.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.bound.loopback
    }

    /// Whether a secret would leave this machine unencrypted. Worth a warning to the user.
    #[must_use]
    pub fn exposes_secret(&self) -> bool {
        self.secret().is_some() && self.bound.base.scheme() == "http" && !self.is_loopback()
    }

    pub(crate) fn host(&self) -> &str {
        &self.bound.host
    }

    /// The port that connections go to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.bound.port
    }

    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.bound.secret.as_ref()
    }

    /// The URL of a path and query that passed the policy.
    pub(crate) fn url(&self, path: &str, query: Option<&str>) -> Result<Url, NetError> {
        let text = match query {
            Some(query) => format!("{}{path}?{query}", self.bound.base_text),
            None => format!("{}{path}", self.bound.base_text),
        };
        let denied = || NetError::denied(format!("path {path:?}"), "it leaves the bound endpoint");
        let url = Url::parse(&text).map_err(|_| denied())?;
        // The path rules already ensure this; it is checked again on what is really sent.
        let base = &self.bound.base;
        let same = url.origin() == base.origin()
            && url
                .path()
                .strip_prefix(base.path().trim_end_matches('/'))
                .is_some_and(|below| below.starts_with('/'))
            && url.username().is_empty();
        if same { Ok(url) } else { Err(denied()) }
    }
}

fn checked(address: IpAddr) -> Result<bool, NetError> {
    policy::check_address(address)?;
    Ok(policy::is_loopback(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(url: &str) -> Result<Endpoint, NetError> {
        Endpoint::bind("api", url, None)
    }

    #[test]
    fn addresses_are_checked_in_every_spelling() {
        for url in [
            "http://169.254.169.254/",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0:8080/",
            "http://0/",
            "http://[ff02::1]/",
        ] {
            assert_eq!(bind(url).unwrap_err().code(), "policy-denied", "{url}");
        }
        assert!(bind("http://0x7f.1:8080").unwrap().is_loopback());
        assert!(bind("http://localhost:8080").unwrap().is_loopback());
        assert!(!bind("https://example.test").unwrap().is_loopback());
    }

    #[test]
    fn user_information_is_refused_and_not_quoted() {
        let error = bind("http://user:hunter2@127.0.0.1/").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn paths_stay_below_the_base() {
        let endpoint = bind("http://127.0.0.1:8080/v1").unwrap();
        let url = endpoint.url("/models", Some("a=b")).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:8080/v1/models?a=b");
        assert!(endpoint.url("/../admin", None).is_err());
        assert!(endpoint.url("@evil.test/", None).is_err());
    }

    #[test]
    fn a_secret_in_the_clear_is_noticed() {
        let secret = Secret::bearer("k").unwrap();
        let exposed = Endpoint::bind("api", "http://192.0.2.1", Some(secret.clone())).unwrap();
        assert!(exposed.exposes_secret());
        let local = Endpoint::bind("api", "http://127.0.0.1", Some(secret)).unwrap();
        assert!(!local.exposes_secret());
        assert!(!format!("{local:?}").contains("\"k\""));
    }
}
