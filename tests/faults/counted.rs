//! Counts that are missing, wrong, or not one a chunk.

use serde_json::json;
use tachograph_tests::scripted::{STREAM, Scripted, delta, event, finish, pause, usage};

use crate::measured::{MEASURED, measure, measure_workload};

#[test]
fn without_usage_chunks_are_counted_and_the_doubt_is_told() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.finish(None)
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["usage-missing"]);
    let tokens = &outcome.sample()["tokens"];
    assert_eq!(tokens["output"], 16);
    assert_eq!(tokens["source"], "chunks");
    assert!(tokens["prompt"].is_null() && outcome.figure("prompt_tokens").is_none());
    let report_flags = outcome.report()["flags"].to_string();
    assert!(report_flags.contains("usage-missing"), "{report_flags}");
}

/// Ten times as many tokens as were asked for: the excess shows.
#[test]
fn a_usage_ten_times_too_high_is_doubted() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.finish(Some(usage(128, 160)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["length-mismatch"]);
    assert_eq!(outcome.output(), Some(160));
    let flag = outcome.sample()["flags"][0]["message"].as_str().unwrap();
    assert!(flag.contains("16") && flag.contains("160"), "{flag}");
}

/// More tokens in a chunk than any server puts there.
#[test]
fn a_usage_beyond_belief_is_doubted() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.finish(Some(usage(128, 1_000_000)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["usage-implausible", "length-mismatch"]);
}

#[test]
fn a_usage_of_zero_is_doubted_and_gives_no_rate() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.finish(Some(usage(128, 0)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["usage-implausible", "length-mismatch"]);
    assert_eq!(outcome.figure("decode_tps"), None);
    assert_eq!(outcome.figure("tpot_ms"), None);
    assert!(outcome.figure("ttft_ms").is_some());

    // All zero is what some servers send before they know: no count at all.
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.finish(Some(usage(0, 0)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["usage-missing"]);
    assert_eq!(outcome.output(), Some(16));
}

/// Counts that are no counts are as good as none.
#[test]
fn a_usage_of_nonsense_is_none() {
    for nonsense in [json!("many"), json!({ "completion_tokens": -16 }), json!([16]), json!(1e300)]
    {
        let server = Scripted::start(move |answer| {
            answer.send(STREAM)?;
            answer.tokens(16, 5)?;
            answer.finish(Some(json!({ "choices": [], "usage": nonsense })))
        });
        let outcome = measure(MEASURED, &server);
        outcome.is_ok_with(&["usage-missing"]);
        assert_eq!(outcome.output(), Some(16));
    }
}

/// 16 tokens in 4 chunks, 100 ms apart: after the first chunk 12 tokens come in
/// 300 ms, which is 40 tokens a second and not 10.
#[test]
fn several_tokens_a_chunk_are_all_counted() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        for _ in 0..4 {
            pause(100);
            answer.event(delta("content", " one two three four"))?;
        }
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    let decode = outcome.figure("decode_tps").unwrap();
    assert!((28.0..=42.0).contains(&decode), "{decode}");
}

/// Arguments of a tool call are generated tokens, on whatever channel they come.
#[test]
fn tool_calls_are_tokens_and_are_put_together() {
    let server = Scripted::start(|answer| {
        let call = |part| {
            event(json!({ "index": 0, "delta": { "tool_calls": [part] }, "finish_reason": null }))
        };
        answer.send(STREAM)?;
        pause(30);
        answer.event(call(json!({
            "index": 0, "id": "t1", "type": "function",
            "function": { "name": "read_file", "arguments": "" },
        })))?;
        for piece in ["{\"pa", "th\":", " \"src/", "main.rs", "\"}"] {
            pause(10);
            answer.event(call(json!({ "index": 0, "function": { "arguments": piece } })))?;
        }
        answer.event(finish("tool_calls"))?;
        answer.event(usage(128, 16))?;
        answer.event("[DONE]")?;
        answer.end()
    });
    let outcome = measure_workload(MEASURED, &server, "W5");
    for sample in outcome.samples() {
        assert_eq!(sample["status"], "ok", "{sample}");
        assert_eq!(sample["finish"], "tool-calls");
        assert_eq!(sample["tool_calls"], json!({ "calls": 1, "valid_json": 1 }), "{sample}");
        assert!(sample["times"]["first_content_ns"].is_null(), "no word for the user");
        let times = &sample["times"];
        let first = times["first_token_ns"].as_u64().unwrap() - times["sent_ns"].as_u64().unwrap();
        assert!(first >= 25_000_000, "{sample}");
    }

    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        let broken = json!({
            "index": 0, "id": "t1", "type": "function",
            "function": { "name": "read_file", "arguments": "{\"path\": \"src" },
        });
        answer.tokens(4, 5)?;
        let delta = json!({ "tool_calls": [broken] });
        answer.event(event(json!({ "index": 0, "delta": delta, "finish_reason": null })))?;
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure_workload(MEASURED, &server, "W5");
    for sample in outcome.samples() {
        assert_eq!(sample["tool_calls"], json!({ "calls": 1, "valid_json": 0 }), "{sample}");
    }
}
