//! `http`: requests to the servers that the user bound.

use std::sync::Arc;

use tachograph_net::{FrameState, Framing, Request, policy};
use wasmtime::component::Resource;

use crate::bindings::http::{self, Frames, Header};
use crate::bindings::types::Error;
use crate::call::{Endpoint, Response};
use crate::limits::{BATCH_BYTES, BATCH_FRAMES, REQUEST_HEAD_BYTES, REQUESTS};
use crate::state::{DriverState, flood};
use crate::wire::CallId;

use super::{error_of, refuse};

impl http::HostEndpoint for DriverState {
    fn name(&mut self, endpoint: Resource<Endpoint>) -> wasmtime::Result<String> {
        self.base.count()?;
        Ok(self.base.table.get(&endpoint)?.slot.clone())
    }

    fn drop(&mut self, endpoint: Resource<Endpoint>) -> wasmtime::Result<()> {
        self.base.table.delete(endpoint)?;
        Ok(())
    }
}

impl http::HostResponse for DriverState {
    fn status(&mut self, response: Resource<Response>) -> wasmtime::Result<u16> {
        self.base.count()?;
        let index = self.current(&response)?;
        Ok(index.and_then(|index| self.call.head(index)).map_or(0, |head| head.status))
    }

    fn headers(&mut self, response: Resource<Response>) -> wasmtime::Result<Vec<Header>> {
        self.base.count()?;
        let index = self.current(&response)?;
        let head = index.and_then(|index| self.call.head(index));
        let header =
            |(name, value): &(String, String)| Header { name: name.clone(), value: value.clone() };
        Ok(head.map(|head| head.headers.iter().map(header).collect()).unwrap_or_default())
    }

    async fn next(
        &mut self,
        response: Resource<Response>,
    ) -> wasmtime::Result<Result<Frames, Error>> {
        self.base.count()?;
        let Some(index) = self.current(&response)? else {
            return Ok(Err(refuse("stale-response", "this answer belongs to an earlier call")));
        };
        if let Some(streaming) = self.call.take_streaming(index) {
            self.base.clock.pause();
            let exchange = streaming.finish().await;
            self.base.clock.resume();
            self.call.ended(index, exchange);
        }
        let Some(batch) = self.call.batch(index, BATCH_BYTES, BATCH_FRAMES) else {
            return Ok(Err(refuse("stale-response", "this answer is gone")));
        };
        let broken = batch.exchange.error.as_ref().map(|error| {
            let mut refusal = refuse(&error.code, error.message.clone());
            refusal.retryable = error.retryable;
            refusal
        });
        // What arrived comes first; the call after it tells what broke.
        if let (true, true, Some(broken)) = (batch.frames.is_empty(), batch.last, &broken) {
            return Ok(Err(broken.clone()));
        }
        let size = batch.frames.iter().map(|frame| frame.data.len()).sum();
        let mut frames = Frames {
            bytes: Vec::with_capacity(size),
            frames: Vec::with_capacity(batch.frames.len()),
            last: batch.last && batch.exchange.error.is_none(),
        };
        for (id, frame) in (batch.first_id..).zip(batch.frames) {
            if frame.state == FrameState::Oversized {
                // Of a stream that broke, the break is what the guest should hear of.
                let too_large = || refuse("frame-too-large", "one frame has more than 8 MiB");
                return Ok(Err(broken.unwrap_or_else(too_large)));
            }
            // A batch is 1 MiB, or one frame of a body of at most 32 MiB.
            let (start, len) = (frames.bytes.len() as u32, frame.data.len() as u32);
            frames.bytes.extend_from_slice(&frame.data);
            frames.frames.push(http::Frame { id, event: frame.event.clone(), start, len });
        }
        Ok(Ok(frames))
    }

    fn drop(&mut self, response: Resource<Response>) -> wasmtime::Result<()> {
        // The exchange goes on: the tape shall hold all of it.
        self.base.table.delete(response)?;
        Ok(())
    }
}

impl http::Host for DriverState {
    async fn send(
        &mut self,
        endpoint: Resource<Endpoint>,
        request: http::Request,
    ) -> wasmtime::Result<Result<Resource<Response>, Error>> {
        self.base.count()?;
        if self.call.requests >= REQUESTS {
            return Err(flood("requests", u64::from(REQUESTS)));
        }
        let slot = self.base.table.get(&endpoint)?.slot.clone();
        let framing = match request.framing {
            http::Framing::Sse => Framing::Sse,
            http::Framing::Ndjson => Framing::Ndjson,
            http::Framing::Raw => Framing::Raw,
        };
        let request = Request {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers.into_iter().map(|h| (h.name, h.value)).collect(),
            body: request.body,
        };
        if let Err(error) = check(&request) {
            return Ok(Err(error));
        }
        let call = CallId { invocation: self.call.invocation.clone(), ordinal: self.call.requests };
        self.call.requests += 1;
        let wire = Arc::clone(&self.wire);
        self.base.clock.pause();
        let answer = wire.send(call, &slot, request, framing).await;
        self.base.clock.resume();
        match answer {
            Ok(response) => {
                let index = self.call.opened(framing, response);
                let response = Response { call: self.call.number, index };
                Ok(Ok(self.base.table.push(response)?))
            }
            Err(failure) => Ok(Err(error_of(failure))),
        }
    }
}

impl DriverState {
    /// The index of an answer of the call that runs; `None` for one of an earlier call.
    fn current(&self, response: &Resource<Response>) -> wasmtime::Result<Option<usize>> {
        let response = self.base.table.get(response)?;
        Ok((response.call == self.call.number).then_some(response.index))
    }
}

/// The checks that do not depend on the endpoint; the wire makes the others.
fn check(request: &Request) -> Result<(), Error> {
    let method = &request.method;
    if !(1..=16).contains(&method.len())
        || !method.bytes().all(|b| b.is_ascii_uppercase())
        || method == "CONNECT"
    {
        return Err(refuse("policy-denied", "this method is not allowed"));
    }
    let headers = request.headers.iter().map(|(name, value)| name.len() + value.len());
    let head = request.path.len() + request.query.as_ref().map_or(0, String::len);
    if head + headers.sum::<usize>() > REQUEST_HEAD_BYTES {
        return Err(refuse("policy-denied", "path, query and headers have at most 64 KiB"));
    }
    let denied = |error: tachograph_net::NetError| refuse(error.code(), error.to_string());
    policy::check_path(&request.path).map_err(denied)?;
    if let Some(query) = &request.query {
        policy::check_query(query).map_err(denied)?;
    }
    for (name, value) in &request.headers {
        policy::check_header(name, value, None).map_err(denied)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_cannot_leave_its_endpoint() {
        let good = Request::post_json("/v1/chat/completions", "{}");
        assert!(check(&good).is_ok());
        for path in ["//evil.test/", "http://evil.test/", "/a/../b", "/a?b", "v1", ""] {
            let bad = Request { path: path.to_owned(), ..good.clone() };
            assert_eq!(check(&bad).unwrap_err().code, "policy-denied", "{path}");
        }
        for method in ["CONNECT", "get", "GET /", ""] {
            let bad = Request { method: method.to_owned(), ..good.clone() };
            assert_eq!(check(&bad).unwrap_err().code, "policy-denied", "{method}");
        }
        let long = vec![("x".to_owned(), "y".repeat(REQUEST_HEAD_BYTES))];
        let long = Request { headers: long, ..good.clone() };
        assert_eq!(check(&long).unwrap_err().code, "policy-denied");
        let headers = vec![("host".to_owned(), "evil.test".to_owned())];
        assert!(check(&Request { headers, ..good }).is_err());
    }
}
