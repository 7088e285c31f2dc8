//! Tells from an error what happened on the wire.

use std::error::Error;
use std::io;

use crate::resolve::LookupFailed;
use crate::{NetError, WireCode, WireError};

/// The documented code of a failed send or read.
pub(crate) fn classify(error: &reqwest::Error) -> WireError {
    match known(error) {
        Some(found) => found,
        None if error.is_connect() => {
            WireError::new(WireCode::Unreachable, format!("could not connect: {}", deepest(error)))
        }
        None => WireError::new(WireCode::BadHttp, format!("invalid HTTP: {}", deepest(error))),
    }
}

/// The documented code of a failed lookup or bare connect.
pub(crate) fn classify_connect(error: &(dyn Error + 'static)) -> WireError {
    known(error).unwrap_or_else(|| {
        WireError::new(WireCode::Unreachable, format!("could not connect: {}", deepest(error)))
    })
}

/// The first link of the chain that says something definite.
fn known(error: &(dyn Error + 'static)) -> Option<WireError> {
    let mut next = Some(error);
    while let Some(link) = next {
        if let Some(found) = one(link) {
            return Some(found);
        }
        // `source()` of an I/O error skips the error it was made from.
        let inner = link.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| known(inner)) {
            return Some(found);
        }
        next = link.source();
    }
    None
}

fn one(link: &(dyn Error + 'static)) -> Option<WireError> {
    if let Some(refused) = link.downcast_ref::<NetError>() {
        return Some(WireError::from(refused.clone()));
    }
    if link.is::<LookupFailed>() {
        return Some(WireError::new(WireCode::Dns, link.to_string()));
    }
    if let Some(tls) = link.downcast_ref::<rustls::Error>() {
        return Some(WireError::new(WireCode::Tls, format!("TLS failed: {tls}")));
    }
    if let Some(http) = link.downcast_ref::<hyper::Error>() {
        return protocol(http);
    }
    link.downcast_ref::<io::Error>().and_then(transport)
}

fn protocol(error: &hyper::Error) -> Option<WireError> {
    let (code, message) = if error.is_parse_too_large() {
        (WireCode::HeadersTooLarge, "the headers are too large or too many".to_owned())
    } else if error.is_parse() {
        (WireCode::BadHttp, format!("the answer is not valid HTTP: {error}"))
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        (WireCode::ClosedEarly, "the peer closed before the answer was complete".to_owned())
    } else {
        return None;
    };
    Some(WireError::new(code, message))
}

fn transport(error: &io::Error) -> Option<WireError> {
    use io::ErrorKind as Kind;
    let (code, what) = match error.kind() {
        Kind::ConnectionRefused => (WireCode::ConnectRefused, "nothing listens there"),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            (WireCode::Unreachable, "there is no route to the host")
        }
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
            (WireCode::Reset, "the peer reset the connection")
        }
        Kind::UnexpectedEof => {
            (WireCode::ClosedEarly, "the peer closed before the answer was complete")
        }
        Kind::TimedOut => (WireCode::Reset, "the connection timed out in the network"),
        _ => return None,
    };
    Some(WireError::new(code, what))
}

fn deepest(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(link) = next {
        text = link.to_string();
        next = link.source();
    }
    text
}
