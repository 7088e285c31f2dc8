//! What holds for every answer, well-formed or not.

use proptest::prelude::*;
use tachograph_sdk::{
    serde_json::{Value, json},
    testing::Tape,
};

use super::run;

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

const WORDS: &[&str] = &["stop", "length", "read_file", "{}"];
const KEYS: &[&str] = &[
    "message",
    "content",
    "thinking",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "done",
    "done_reason",
    "eval_count",
    "eval_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "load_duration",
    "total_duration",
    "remote_host",
    "error",
    "status",
];

proptest! {
    /// The recorder refuses empty deltas and frames that go backwards, with
    /// codes of its own: none may come back.
    #[test]
    fn no_answer_makes_the_driver_break_the_contract(
        lines in prop::collection::vec((any_json(), any_json(), any::<bool>()), 0..8),
    ) {
        let mut tape = String::from("=== POST /api/chat\n200\ncontent-type: application/x-ndjson\n\n");
        for (line, message, whole) in &lines {
            let mut line = line.clone();
            if *whole {
                line = json!({ "message": message, "done": false });
            } else if line.is_object() {
                line["message"] = message.clone();
            }
            tape.push_str(&format!("{line}\n"));
        }
        let (ended, turn) = run(&Tape::parse(&tape));
        if let Err(failure) = ended {
            let codes = [
                "protocol", "server-error", "bad-request", "not-found", "rate-limited",
                "context-exceeded",
            ];
            prop_assert!(codes.contains(&failure.code.as_str()), "{failure:?}");
        }
        prop_assert!(turn.finish.is_none_or(|reason| !reason.is_empty()));
        let gaps = turn.timing.map(|timing| (timing.decode_gaps, timing.decode_ns));
        prop_assert!(gaps.is_none_or(|(gaps, time)| gaps != Some(0) && (time.is_none() || gaps.is_some())));
    }

    /// Texts come out as they went in, whatever the server leaves empty.
    #[test]
    fn texts_survive(texts in prop::collection::vec(".{0,12}", 1..12)) {
        let mut tape = String::from("=== POST /api/chat\n200\ncontent-type: application/x-ndjson\n\n");
        for text in &texts {
            tape.push_str(&format!("{}\n", json!({ "message": { "content": text }, "done": false })));
        }
        tape.push_str("{\"done\":true}\n");
        let (ended, turn) = run(&Tape::parse(&tape));
        prop_assert!(ended.is_ok());
        prop_assert_eq!(turn.text(tachograph_sdk::Channel::Content), texts.concat());
        prop_assert_eq!(turn.deltas.len(), texts.iter().filter(|text| !text.is_empty()).count());
    }
}
