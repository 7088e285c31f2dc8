//! The body of a streamed answer: one event per token, as soon as it exists.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::Value;
use tokio::sync::mpsc;

use super::answer::{Envelope, timings};
use crate::schedule::{Event, Finish, Stats};
use crate::text::Tokenizer;

/// Server-sent events of one answer.
///
/// Dropping it, as the server does when the client hangs up, ends the generation.
#[derive(Debug)]
pub(super) struct EventStream {
    envelope: Envelope,
    tokenizer: Tokenizer,
    events: mpsc::UnboundedReceiver<Event>,
    wants_usage: bool,
    begun: bool,
    ended: bool,
}

impl EventStream {
    pub(super) fn new(
        envelope: Envelope,
        tokenizer: Tokenizer,
        events: mpsc::UnboundedReceiver<Event>,
        wants_usage: bool,
    ) -> Self {
        Self { envelope, tokenizer, events, wants_usage, begun: false, ended: false }
    }

    fn frame(&mut self, event: Option<Event>) -> String {
        let mut out = String::with_capacity(512);
        if !std::mem::replace(&mut self.begun, true)
            && let Some(role) = self.envelope.role()
        {
            push(&mut out, &role);
        }
        match event {
            Some(Event::Token(id)) => {
                push(&mut out, &self.envelope.token(&self.tokenizer.decode(id)));
            }
            Some(Event::Done(finish, stats)) => self.end(finish, &stats, &mut out),
            None => {
                self.ended = true;
                push(&mut out, &super::problem::Problem::stopped().body());
            }
        }
        out
    }

    fn end(&mut self, finish: Finish, stats: &Stats, out: &mut String) {
        self.ended = true;
        let mut chunk = self.envelope.finish(finish);
        if self.wants_usage {
            push(out, &chunk);
            push(out, &self.envelope.usage(stats));
        } else {
            chunk["timings"] = timings(stats);
            push(out, &chunk);
        }
        out.push_str("data: [DONE]\n\n");
    }
}

fn push(out: &mut String, value: &Value) {
    out.push_str("data: ");
    out.push_str(&value.to_string());
    out.push_str("\n\n");
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.events.poll_recv(cx).map(|event| {
            let frame = self.frame(event);
            Some(Ok(Frame::data(Bytes::from(frame))))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
