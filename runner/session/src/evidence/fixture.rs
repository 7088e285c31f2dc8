//! A request and its stream, to be bent by tests.

use std::sync::Arc;

use serde_json::json;
use tachograph_model::{Request, Sample};
use tachograph_net::{Exchange, Head, Read, Stamp, Timing};

use super::Exhibit;

pub(crate) const NONCE: &str = "amber anchor apple arch arrow ash atlas autumn";

pub(crate) struct Scene {
    pub request: Request,
    pub sample: Sample,
    pub text_bytes: u64,
    pub exchange: Exchange,
}

impl Scene {
    /// A stream of `n` tokens, about 10 ms apart, as a clock would have them.
    pub(crate) fn stream(n: u64) -> Self {
        let written = 1_000_003;
        let at = |i: u64| 40_000_019 + written + i * 10_000_000 + (i * i * 7_919) % 90_001;
        let stamps: Vec<u64> = (0..n).map(at).collect();
        let (first, last) = (stamps[0], stamps[stamps.len() - 1]);
        let reads: Vec<_> = stamps
            .iter()
            .map(|at| json!({ "at_ns": at - written, "deltas": 1, "tokens": null }))
            .collect();
        let sample = json!({
            "step": "trial-0", "request": "r0", "lane": 0, "concurrency": 1, "phase": "measure",
            "trial": 0, "condition": {}, "status": "ok", "error": null,
            "times": {
                "scheduled_ns": 1_000_001, "sent_ns": written, "connect_ns": null,
                "headers_ns": first - 7, "first_token_ns": first, "first_content_ns": first,
                "last_token_ns": last, "end_ns": last + 90_007, "rtt_floor_ns": null
            },
            "tokens": {
                "prompt": 128, "cached": null, "output": n, "reasoning": null, "requested": n,
                "source": "usage", "reference_prompt": 128, "ideal_cached": 0
            },
            "reads": reads, "server": null, "finish": "length", "tool_calls": null,
            "text_sha256": null, "flags": []
        });
        let request = json!({
            "id": "r0", "model": "m", "max_tokens": n, "exact_length": true, "cache": "cold",
            "reference_prompt_tokens": 128, "seed": 1,
            "messages": [{ "role": "user", "content": format!("Apple ash arch: {NONCE}.\n\nGo.") }]
        });
        let exchange = Exchange {
            timing: Timing {
                scheduled: Stamp(1_000_001),
                started: Stamp(1_000_002),
                dns_ns: None,
                connect_ns: None,
                reused: Some(true),
                written: Some(Stamp(written)),
                headers: Some(Stamp(first - 7)),
                first_byte: Some(Stamp(first)),
                last_byte: Some(Stamp(last)),
                end: Stamp(last + 90_007),
                http_version: Some("HTTP/1.1".into()),
            },
            head: Some(Head { status: 200, headers: Vec::new() }),
            reads: stamps.iter().map(|at| Read { at: Stamp(*at), len: 20 }).collect(),
            body: vec![b'x'; stamps.len() * 20],
            error: None,
        };
        Self {
            request: serde_json::from_value(request).unwrap(),
            sample: serde_json::from_value(sample).unwrap(),
            text_bytes: n * 4,
            exchange,
        }
    }

    pub(crate) fn shown(&self, see: impl FnOnce(&Exhibit<'_>)) {
        see(&Exhibit {
            workload: "chat-short",
            nonce: NONCE,
            request: &self.request,
            sample: &self.sample,
            text_bytes: self.text_bytes,
            exchanges: &[Arc::new(self.exchange.clone())],
        });
    }
}
