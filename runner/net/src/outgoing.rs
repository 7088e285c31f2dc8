//! Turns a checked request into the one that is sent, with a body that says when it was written.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::body::{Body, Frame, SizeHint};

use crate::marks::Marks;
use crate::{Endpoint, NetError, Request};

/// Checks `request` and makes it ready to send. The secret is filled in last.
pub(crate) fn outgoing(
    endpoint: &Endpoint,
    request: Request,
    marks: &Arc<Marks>,
) -> Result<reqwest::Request, NetError> {
    request.check(endpoint)?;
    let method = request.parsed_method()?;
    let url = endpoint.url(&request.path, request.query.as_deref())?;
    let mut out = reqwest::Request::new(method, url);
    for (name, value) in &request.headers {
        let bad = || NetError::denied(format!("header {name:?}"), "it is not valid");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        out.headers_mut().append(key, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    if let Some(secret) = endpoint.secret() {
        let (name, value) = secret.pair();
        out.headers_mut().insert(name, value);
    }
    let takes_body = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if takes_body || !request.body.is_empty() {
        out.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
    }
    let body = WatchedBody { data: Some(request.body), marks: Arc::clone(marks) };
    *out.body_mut() = Some(reqwest::Body::wrap(body));
    Ok(out)
}

/// A body of one frame whose bytes stamp the moment they are let go.
///
/// hyper frees them after the system call that took the last of them (HTTP/1.1 without TLS) or
/// after copying them into a write buffer (otherwise). An empty body is dropped as the head is
/// encoded, which stamps that.
struct WatchedBody {
    data: Option<Vec<u8>>,
    marks: Arc<Marks>,
}

/// The bytes of the body, stamping `written` when they are dropped.
struct WatchedBytes {
    data: Vec<u8>,
    marks: Arc<Marks>,
}

impl AsRef<[u8]> for WatchedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for WatchedBytes {
    fn drop(&mut self) {
        self.marks.wrote();
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if self.data.as_ref().is_some_and(Vec::is_empty) {
            self.marks.wrote();
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.data.as_ref().is_none_or(Vec::is_empty) {
            return Poll::Ready(None);
        }
        let marks = Arc::clone(&self.marks);
        let owner = self.data.take().map(|data| WatchedBytes { data, marks });
        Poll::Ready(owner.map(|owner| Ok(Frame::data(Bytes::from_owner(owner)))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.as_ref().is_none_or(Vec::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}
