//! What holds for every answer, well-formed or not.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::generate;
use crate::testing::{Recorder, Tape, request};

/// Any JSON, with the keys of the protocol where there are keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS), inner, 0..8).prop_map(|map| {
                Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

const WORDS: &[&str] = &["message_start", "content_block_start", "tool_use", "text", "thinking"];
const KEYS: &[&str] = &[
    "message",
    "usage",
    "input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "model",
    "type",
    "name",
    "input",
    "text",
    "thinking",
    "data",
    "partial_json",
    "stop_reason",
    "error",
];

fn any_event() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "ping",
    ]);
    let inner = prop::sample::select(vec![
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "text_delta",
        "thinking_delta",
        "input_json_delta",
        "signature_delta",
    ]);
    (kinds, inner, 0u64..3, any_json()).prop_map(|(kind, inner, index, more)| {
        let mut part = json!({ "type": inner });
        if let Some(more) = more.as_object() {
            for (key, value) in more {
                part[key] = value.clone();
            }
        }
        json!({
            "type": kind, "index": index, "message": more, "usage": more, "content_block": part,
            "delta": part,
        })
    })
}

proptest! {
    /// The recorder refuses empty deltas and frames that go backwards, with
    /// codes of its own: none may come back.
    #[test]
    fn no_answer_makes_a_driver_break_the_contract(
        events in prop::collection::vec(prop_oneof![any_event(), any_json()], 0..8),
    ) {
        let mut tape = String::from("=== POST /v1/messages\n200\ncontent-type: text/event-stream\n\n");
        for event in &events {
            tape.push_str(&format!("data: {event}\n\n"));
        }
        tape.push_str("data: {\"type\":\"message_stop\"}\n\n");
        let mut turn = Recorder::default();
        let ended = generate(&Tape::parse(&tape), &request("Hi", 16), &mut turn, &json!({}));
        if let Err(failure) = ended {
            let codes =
                ["server-error", "bad-request", "rate-limited", "not-found", "context-exceeded"];
            prop_assert!(codes.contains(&failure.code.as_str()), "{failure:?}");
        }
        prop_assert!(turn.finish.is_none_or(|reason| !reason.is_empty()));
        prop_assert!(turn.meta.is_some());
    }
}
