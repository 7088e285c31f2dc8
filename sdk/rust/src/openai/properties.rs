//! What holds for every stream, well-formed or not.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    Channel, HttpResponse,
    openai::{Settings, Stream},
    testing::{Recorder, Tape, request},
};

fn settings(dialect: &str) -> Settings {
    Settings::of(&json!({ "detected": { "dialect": dialect } }))
}

/// Any JSON, with the keys of the dialect where there are keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "choices",
        "delta",
        "content",
        "usage",
        "timings",
        "error",
        "message",
        "tool_calls",
        "function",
        "arguments",
        "finish_reason",
        "index",
        "predicted_n",
        "completion_tokens",
        "prompt_tokens",
        "token_ids",
        "prompt_time",
        "completion_time",
        "eos_reason",
        "model",
        "reasoning",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// The recorder refuses empty deltas and frames that go backwards, with
    /// codes of its own: none may come back.
    #[test]
    fn no_answer_makes_a_driver_break_the_contract(
        events in prop::collection::vec(any_json(), 0..8),
        dialect in prop::sample::select(vec!["generic", "vllm", "llama-cpp", "tabbyapi"]),
    ) {
        let mut response = HttpResponse::new(200, Vec::new());
        for (id, event) in (0u64..).zip(&events) {
            response.push(id, None, event.to_string().as_bytes());
        }
        let (settings, mut turn) = (settings(dialect), Recorder::default());
        if let Err(failure) = Stream::new(&mut turn, &settings).read(&response) {
            let codes = ["protocol", "server-error", "bad-request", "not-found", "rate-limited",
                "context-exceeded"];
            prop_assert!(codes.contains(&failure.code.as_str()), "{failure:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_events_are_a_protocol_failure(bytes in prop::collection::vec(any::<u8>(), 1..64)) {
        prop_assume!(!bytes.trim_ascii().is_empty());
        prop_assume!(serde_json::from_slice::<Value>(&bytes).is_err());
        let mut response = HttpResponse::new(200, Vec::new());
        response.push(0, None, &bytes);
        let (settings, mut turn) = (settings("generic"), Recorder::default());
        let failure = Stream::new(&mut turn, &settings).read(&response).unwrap_err();
        prop_assert_eq!(failure.code, "protocol");
    }

    /// Texts come out as they went in, whatever the pieces of the body are.
    #[test]
    fn texts_survive_any_split(
        texts in prop::collection::vec(".{1,12}", 1..12),
        piece in 1usize..200,
    ) {
        let mut body = String::from("=== POST /v1/chat/completions\n200\ncontent-type: text/event-stream\n\n");
        for text in &texts {
            let event = json!({ "choices": [{ "delta": { "content": text } }] });
            body.push_str(&format!("data: {event}\n\n"));
        }
        body.push_str("data: [DONE]\n\n");
        let (settings, mut turn) = (settings("generic"), Recorder::default());
        let tape = Tape::parse(&body).in_pieces_of(piece);
        let more = serde_json::Map::new();
        super::chat(&tape, &request("hello", 4), &mut turn, &settings, more).unwrap();
        prop_assert_eq!(turn.text(Channel::Content), texts.concat());
        prop_assert_eq!(turn.deltas.len(), texts.len());
    }

    /// A running count adds up to the last one that the server states.
    #[test]
    fn running_counts_add_up(steps in prop::collection::vec(0u32..5, 1..30)) {
        let mut response = HttpResponse::new(200, Vec::new());
        let mut total = 0;
        for (id, step) in (0u64..).zip(&steps) {
            total += step;
            let event = json!({
                "choices": [{ "delta": { "content": if *step > 2 { "text" } else { "" } } }],
                "usage": { "prompt_tokens": 3, "completion_tokens": total },
            });
            response.push(id, None, event.to_string().as_bytes());
        }
        response.push(steps.len() as u64, None, b"[DONE]");
        let (settings, mut turn) = (settings("vllm"), Recorder::default());
        Stream::new(&mut turn, &settings).read(&response).unwrap();
        prop_assert_eq!(turn.tokens(), Some(total));
        prop_assert_eq!(turn.usage.unwrap().output_tokens, Some(u64::from(total)));
    }
}

/// The guide promises a short driver.
#[test]
fn the_driver_of_the_guide_has_at_most_sixty_lines() {
    let guide = include_str!("../../../README.md");
    let example = guide.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = example.unwrap().lines().count();
    assert!(example.unwrap().contains("openai::chat("));
    assert!(lines <= 60, "{lines} lines");
}
