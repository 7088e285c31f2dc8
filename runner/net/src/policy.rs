//! Which addresses, paths and headers may ever be used.
//!
//! The user binds an endpoint to one exact scheme, host and port; a plugin supplies path, query,
//! headers and body, never a host. These rules hold for both, whatever was granted:
//!
//! | subject | allowed | always refused |
//! |---|---|---|
//! | scheme | `http`, `https` | anything else |
//! | URL of an endpoint | host, port, base path | user information, query, fragment, port 0 |
//! | address | loopback, private and public ones | unspecified (`0.0.0.0/8`, `::`), link-local (`169.254.0.0/16`, `fe80::/10`), cloud metadata (`169.254.169.254`, `fd00:ec2::254`, `100.100.100.200`), multicast, broadcast |
//! | address written inside IPv6 | as the IPv4 address it carries | mapped, compatible, NAT64 and 6to4 forms of a refused one |
//! | name | any; `localhost` only as loopback | names whose every address is refused |
//! | path | one leading `/`, below the base path | `//`, `\`, `?`, `#`, control characters, `.` and `..` segments, also percent-encoded |
//! | query | any printable text | `#`, control characters, spaces |
//! | header name | any token | `host`, `content-length`, `transfer-encoding`, `connection`, `keep-alive`, `te`, `trailer`, `upgrade`, `expect`, `proxy-*`; with a secret: `authorization` and the secret's own header |
//! | header value | visible text, spaces, tabs | line breaks and other control characters |
//! | redirect | kept as data | followed |
//!
//! Addresses are checked when an endpoint is bound and again for every resolved address of every
//! connection, so a name that changes its mind between the two gains nothing.
//!
//! ```
//! use tachograph_net::policy::{check_address, check_header, check_path};
//!
//! assert!(check_address("127.0.0.1".parse().unwrap()).is_ok());
//! assert!(check_address("10.1.2.3".parse().unwrap()).is_ok());
//! for refused in [
//!     "0.0.0.0", "169.254.169.254", "169.254.1.1", "224.0.0.1", "255.255.255.255",
//!     "100.100.100.200", "::", "fe80::1", "fd00:ec2::254", "ff02::1",
//!     "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
//! ] {
//!     let error = check_address(refused.parse().unwrap()).unwrap_err();
//!     assert_eq!(error.code(), "policy-denied", "{refused}");
//! }
//!
//! assert!(check_path("/v1/chat/completions").is_ok());
//! for refused in ["", "v1", "//evil.test/", "/a//b", "/a/../b", "/a/%2e%2E/b", "/a\\b", "/a?b", "/a\r\nb"] {
//!     assert!(check_path(refused).is_err(), "{refused:?}");
//! }
//!
//! assert!(check_header("x-trace", "7", None).is_ok());
//! assert!(check_header("Host", "evil.test", None).is_err());
//! assert!(check_header("proxy-authorization", "x", None).is_err());
//! assert!(check_header("x-trace", "7\r\nhost: evil.test", None).is_err());
//! assert!(check_header("authorization", "Bearer x", None).is_ok());
//! assert!(check_header("authorization", "Bearer x", Some("x-api-key")).is_err());
//! assert!(check_header("X-Api-Key", "x", Some("x-api-key")).is_err());
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::NetError;

const FORBIDDEN_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

/// Checks an address against the table above.
///
/// # Errors
/// `policy-denied`, naming the rule.
pub fn check_address(address: IpAddr) -> Result<(), NetError> {
    let refusal = match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => refused_v4(v4),
            None => refused_v6(v6),
        },
    };
    match refusal {
        Some(reason) => Err(NetError::denied(format!("address {address}"), reason)),
        None => Ok(()),
    }
}

/// Checks an address that a name resolved to. `localhost` must be a loopback address.
///
/// # Errors
/// `policy-denied`, naming the rule.
pub fn check_resolved(name: &str, address: IpAddr) -> Result<(), NetError> {
    check_address(address)?;
    if is_localhost(name) && !is_loopback(address) {
        return Err(NetError::denied(
            format!("address {address}"),
            "the name localhost must resolve to a loopback address",
        ));
    }
    Ok(())
}

/// Whether a host name is `localhost` or below it.
#[must_use]
pub fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is loopback, IPv4-mapped ones included.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Checks a request path.
///
/// # Errors
/// `policy-denied`, naming the rule.
pub fn check_path(path: &str) -> Result<(), NetError> {
    let refuse = |reason| Err(NetError::denied(format!("path {path:?}"), reason));
    if !path.starts_with('/') {
        return refuse("it must start with '/'");
    }
    if path.contains("//") {
        return refuse("'//' could be read as a host");
    }
    if path.bytes().any(|byte| matches!(byte, b'\\' | b'?' | b'#') || byte.is_ascii_control()) {
        return refuse("'\\', '?', '#' and control characters do not belong in a path");
    }
    if path.split('/').any(is_dot_segment) {
        return refuse("'.' and '..' segments could leave the bound base path");
    }
    Ok(())
}

/// Checks a query string, given without its leading `?`.
///
/// # Errors
/// `policy-denied`, naming the rule.
pub fn check_query(query: &str) -> Result<(), NetError> {
    if query.bytes().any(|byte| matches!(byte, b'#' | b' ') || byte.is_ascii_control()) {
        return Err(NetError::denied(
            "query",
            "'#', spaces and control characters must be percent-encoded",
        ));
    }
    Ok(())
}

/// Checks one header of a request. `secret_header` is the header the bound secret is sent in.
///
/// # Errors
/// `policy-denied`, naming the rule; the value is never quoted.
pub fn check_header(name: &str, value: &str, secret_header: Option<&str>) -> Result<(), NetError> {
    let refuse = |reason| Err(NetError::denied(format!("header {name:?}"), reason));
    let lower = name.to_ascii_lowercase();
    if http::HeaderName::from_bytes(lower.as_bytes()).is_err() {
        return refuse("the name is not a valid header name");
    }
    if http::HeaderValue::from_str(value).is_err() {
        return refuse("the value holds a line break or another character that is not allowed");
    }
    if FORBIDDEN_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return refuse("the client sets it itself");
    }
    if secret_header.is_some_and(|secret| lower == "authorization" || lower == secret) {
        return refuse("the endpoint has a secret, which is filled in after this check");
    }
    Ok(())
}

fn is_dot_segment(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

fn refused_v4(v4: Ipv4Addr) -> Option<&'static str> {
    match v4.octets() {
        [0, ..] => Some("it is unspecified"),
        [169, 254, 169, 254] | [100, 100, 100, 200] => Some("it is a cloud metadata service"),
        [169, 254, ..] => Some("it is link-local"),
        [224..=239, ..] => Some("it is multicast"),
        [255, 255, 255, 255] => Some("it is broadcast"),
        _ => None,
    }
}

fn refused_v6(v6: Ipv6Addr) -> Option<&'static str> {
    if v6.is_unspecified() {
        Some("it is unspecified")
    } else if v6.segments() == [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] {
        Some("it is a cloud metadata service")
    } else if v6.is_unicast_link_local() {
        Some("it is link-local")
    } else if v6.is_multicast() {
        Some("it is multicast")
    } else {
        None
    }
}

/// The IPv4 address that an IPv6 address carries, if it carries one.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let tail = Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(tail),
        // `::` and `::1` have this shape and are addresses of their own.
        [0, 0, 0, 0, 0, 0] if g != 0 => Some(tail),
        [0x2002, ..] => Some(Ipv4Addr::from((u32::from(b) << 16) | u32::from(c))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_in_every_spelling_is_allowed() {
        for allowed in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let address = allowed.parse().unwrap();
            assert!(check_address(address).is_ok(), "{allowed}");
            assert!(is_loopback(address), "{allowed}");
        }
    }

    #[test]
    fn localhost_names() {
        assert!(is_localhost("LocalHost."));
        assert!(is_localhost("gpu.localhost"));
        assert!(!is_localhost("localhost.example.test"));
    }

    #[test]
    fn a_refused_header_never_shows_its_value() {
        let error = check_header("x-key", "hunter2\n", None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
