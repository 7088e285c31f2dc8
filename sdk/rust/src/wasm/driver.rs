//! The `driver-full` world over the [`Driver`] trait.

use std::marker::PhantomData;

use bindings::{
    exports::tachograph::plugin::{cache_control, driver_api, server_metrics, tokenizer},
    tachograph::plugin::{config, http, turn, types::Error},
};
use serde_json::Value;
use tachograph_model::{Failure, ServerTiming};

use super::{read, write};
use crate::{Channel, CountSource, Driver, Framing, Http, HttpRequest, HttpResponse, Turn, Usage};

#[allow(missing_docs, unreachable_pub, reason = "generated from the contract")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit/v1",
        world: "driver-full",
        pub_export_macro: true,
        export_macro_name: "export_driver_world",
        default_bindings_module: "tachograph_sdk::wasm::driver::bindings",
    });
}

super::error_record!(Error);

/// The component of a driver.
pub struct Component<D>(PhantomData<D>);

impl<D: Driver> driver_api::Guest for Component<D> {
    fn describe() -> String {
        write(&D::describe()).unwrap_or_default()
    }

    fn detect(endpoint: &http::Endpoint) -> Result<String, Error> {
        Ok(write(&D::detect(&Host(endpoint), &configuration()?)?)?)
    }

    fn list_models(endpoint: &http::Endpoint) -> Result<String, Error> {
        Ok(write(&D::list_models(&Host(endpoint), &configuration()?)?)?)
    }

    fn generate(
        endpoint: &http::Endpoint,
        request: String,
        turn: &turn::Turn,
    ) -> Result<(), Error> {
        let request = read("request", &request)?;
        Ok(D::generate(&Host(endpoint), &request, &mut HostTurn(turn), &configuration()?)?)
    }
}

impl<D: Driver> tokenizer::Guest for Component<D> {
    fn count(endpoint: &http::Endpoint, model: String, text: String) -> Result<u64, Error> {
        Ok(D::count_tokens(&Host(endpoint), &model, &text, &configuration()?)?)
    }
}

impl<D: Driver> cache_control::Guest for Component<D> {
    fn clear(endpoint: &http::Endpoint) -> Result<(), Error> {
        Ok(D::clear_cache(&Host(endpoint), &configuration()?)?)
    }
}

impl<D: Driver> server_metrics::Guest for Component<D> {
    fn snapshot(endpoint: &http::Endpoint) -> Result<String, Error> {
        Ok(write(&D::server_metrics(&Host(endpoint), &configuration()?)?)?)
    }
}

/// The configuration; an empty text means that the user set nothing.
fn configuration() -> Result<Value, Failure> {
    let text = config::get();
    if text.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    read("configuration", &text)
}

/// HTTP through the host.
struct Host<'a>(&'a http::Endpoint);

impl Http for Host<'_> {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let request = http::Request {
            method: request.method.to_owned(),
            path: request.path,
            query: request.query,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| http::Header { name, value })
                .collect(),
            body: request.body,
            framing: match request.framing {
                Framing::Sse => http::Framing::Sse,
                Framing::Ndjson => http::Framing::Ndjson,
                Framing::Raw => http::Framing::Raw,
            },
        };
        let response = http::send(self.0, &request)?;
        let headers = response.headers().into_iter().map(|header| (header.name, header.value));
        let mut answer = HttpResponse::new(response.status(), headers.collect());
        loop {
            let batch = match response.next() {
                Ok(batch) => batch,
                Err(error) => {
                    answer.broken = Some(error.into());
                    return Ok(answer);
                }
            };
            for frame in batch.frames {
                let (start, len) = (frame.start as usize, frame.len as usize);
                let data = batch.bytes.get(start..start.saturating_add(len)).ok_or_else(|| {
                    Failure::new("plugin-fault", "the host placed a frame outside its bytes")
                })?;
                answer.push(frame.id, frame.event, data);
            }
            if batch.last {
                return Ok(answer);
            }
        }
    }
}

/// The turn of the host.
struct HostTurn<'a>(&'a turn::Turn);

impl Turn for HostTurn<'_> {
    fn delta(
        &mut self,
        frame: u64,
        channel: Channel,
        text: &[u8],
        tokens: Option<u32>,
    ) -> Result<(), Failure> {
        let channel = match channel {
            Channel::Content => turn::Channel::Content,
            Channel::Reasoning => turn::Channel::Reasoning,
            Channel::Tool => turn::Channel::Tool,
            Channel::Other => turn::Channel::Other,
        };
        Ok(self.0.delta(frame, channel, text, tokens)?)
    }

    fn usage(&mut self, frame: u64, usage: &Usage) -> Result<(), Failure> {
        let usage = turn::Usage {
            prompt_tokens: usage.prompt_tokens,
            cached_tokens: usage.cached_tokens,
            output_tokens: usage.output_tokens,
            reasoning_tokens: usage.reasoning_tokens,
            source: match usage.source {
                CountSource::Usage => turn::TokenSource::Usage,
                CountSource::Timings => turn::TokenSource::Timings,
                CountSource::Tokenizer => turn::TokenSource::Tokenizer,
            },
        };
        Ok(self.0.usage(frame, usage)?)
    }

    fn server_timing(&mut self, frame: u64, timing: &ServerTiming) -> Result<(), Failure> {
        let timing = turn::ServerTiming {
            prompt_ns: timing.prompt_ns,
            prompt_tokens: timing.prompt_tokens,
            decode_ns: timing.decode_ns,
            decode_gaps: timing.decode_gaps,
            queue_ns: timing.queue_ns,
            load_ns: timing.load_ns,
            draft_tokens: timing.draft_tokens,
            draft_accepted: timing.draft_accepted,
        };
        Ok(self.0.server_timing(frame, timing)?)
    }

    fn tool_call(&mut self, frame: u64, name: &str, arguments: &str) -> Result<(), Failure> {
        Ok(self.0.tool_call(frame, name, arguments)?)
    }

    fn finish(&mut self, frame: u64, reason: &str) -> Result<(), Failure> {
        Ok(self.0.finish(frame, reason)?)
    }

    fn meta(&mut self, extras: &Value) -> Result<(), Failure> {
        Ok(self.0.meta(&extras.to_string())?)
    }
}
