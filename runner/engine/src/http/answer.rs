//! The JSON of an answer: chunks, whole answers, usage and timings.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::request::Protocol;
use crate::engine::MODEL_ID;
use crate::schedule::{Finish, Stats};

/// What every chunk of one answer has in common.
#[derive(Debug)]
pub(super) struct Envelope {
    protocol: Protocol,
    id: String,
    created: u64,
}

impl Envelope {
    /// Begins the answer number `number` of this server.
    pub(super) fn new(protocol: Protocol, number: u64) -> Self {
        let prefix = match protocol {
            Protocol::Chat => "chatcmpl",
            Protocol::Completion => "cmpl",
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let created = now.map_or(0, |since| since.as_secs());
        Self { protocol, id: format!("{prefix}-{number}"), created }
    }

    /// The chunk that names the role; only chats have one.
    pub(super) fn role(&self) -> Option<Value> {
        match self.protocol {
            Protocol::Chat => Some(self.delta(json!({"role": "assistant", "content": null}), None)),
            Protocol::Completion => None,
        }
    }

    /// The chunk of one token.
    pub(super) fn token(&self, text: &str) -> Value {
        match self.protocol {
            Protocol::Chat => self.delta(json!({ "content": text }), None),
            Protocol::Completion => self.text(text, None),
        }
    }

    /// The chunk that ends the text.
    pub(super) fn finish(&self, finish: Finish) -> Value {
        match self.protocol {
            Protocol::Chat => self.delta(json!({}), Some(finish)),
            Protocol::Completion => self.text("", Some(finish)),
        }
    }

    /// The chunk without choices that carries the usage.
    pub(super) fn usage(&self, stats: &Stats) -> Value {
        let mut chunk = self.chunk(json!([]));
        chunk["usage"] = usage(stats);
        chunk["timings"] = timings(stats);
        chunk
    }

    /// The whole answer at once.
    pub(super) fn whole(&self, text: &str, finish: Finish, stats: &Stats) -> Value {
        let (object, choice) = match self.protocol {
            Protocol::Chat => (
                "chat.completion",
                json!({
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": finish.name(),
                }),
            ),
            Protocol::Completion => (
                "text_completion",
                json!({
                    "index": 0, "text": text, "logprobs": null, "finish_reason": finish.name(),
                }),
            ),
        };
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": MODEL_ID,
            "choices": [choice],
            "usage": usage(stats),
            "timings": timings(stats),
        })
    }

    fn delta(&self, delta: Value, finish: Option<Finish>) -> Value {
        let finish = finish.map(Finish::name);
        self.chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]))
    }

    fn text(&self, text: &str, finish: Option<Finish>) -> Value {
        let finish = finish.map(Finish::name);
        self.chunk(json!([{"index": 0, "text": text, "logprobs": null, "finish_reason": finish}]))
    }

    fn chunk(&self, choices: Value) -> Value {
        let object = match self.protocol {
            Protocol::Chat => "chat.completion.chunk",
            Protocol::Completion => "text_completion",
        };
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": MODEL_ID,
            "choices": choices,
        })
    }
}

/// Token counts; reused tokens are part of the prompt.
pub(super) fn usage(stats: &Stats) -> Value {
    json!({
        "prompt_tokens": stats.prompt_tokens,
        "completion_tokens": stats.completion_tokens,
        "total_tokens": stats.prompt_tokens + stats.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": stats.cached_tokens},
    })
}

/// The engine's own times. `prompt_n` leaves out reused tokens; `predicted_ms` covers the gaps
/// between tokens, one fewer than there are tokens, and the rate counts gaps. A rate without a
/// time to divide by is null.
pub(super) fn timings(stats: &Stats) -> Value {
    let computed = stats.prompt_tokens - stats.cached_tokens;
    let rate = |count: usize, time: Duration| match time.is_zero() {
        true => None,
        false => Some(count as f64 / time.as_secs_f64()),
    };
    json!({
        "cache_n": stats.cached_tokens,
        "prompt_n": computed,
        "prompt_ms": stats.prompt_time.as_secs_f64() * 1e3,
        "prompt_per_second": rate(computed, stats.prompt_time),
        "predicted_n": stats.completion_tokens,
        "predicted_ms": stats.predicted_time.as_secs_f64() * 1e3,
        "predicted_per_second":
            rate(stats.completion_tokens.saturating_sub(1), stats.predicted_time),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(completion_tokens: usize, predicted_ms: u64) -> Stats {
        Stats {
            prompt_tokens: 1100,
            cached_tokens: 100,
            completion_tokens,
            prompt_time: Duration::from_millis(250),
            predicted_time: Duration::from_millis(predicted_ms),
        }
    }

    #[test]
    fn rates_count_computed_tokens_and_gaps() {
        let timings = timings(&stats(65, 32));
        assert_eq!(timings["prompt_n"], 1000);
        assert_eq!(timings["prompt_per_second"], 4000.0);
        assert_eq!(timings["predicted_per_second"], 2000.0);
        assert_eq!(usage(&stats(65, 32))["total_tokens"], 1165);
    }

    #[test]
    fn a_single_token_has_no_decode_rate() {
        let timings = timings(&stats(1, 0));
        assert_eq!(timings["predicted_ms"], 0.0);
        assert_eq!(timings["predicted_per_second"], Value::Null);
    }
}
