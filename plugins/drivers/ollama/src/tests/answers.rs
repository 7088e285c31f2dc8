//! What lines become.

use tachograph_sdk::{Channel, Usage, model::ServerTiming, serde_json::json};

use super::{run, tape};

#[test]
fn thinking_and_content_are_apart_and_the_counts_come_last() {
    let (ended, turn) = run(&tape!("tapes/synthetic-chat"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Reasoning), "They greet me.");
    assert_eq!(turn.text(Channel::Content), "Hello!");
    // The empty line between them is no token, and no line says how many it has.
    let frames: Vec<_> = turn.deltas.iter().map(|delta| delta.frame).collect();
    assert_eq!((frames, turn.tokens()), (vec![0, 1, 3, 4], None));
    assert_eq!(
        turn.usage,
        Some(Usage { prompt_tokens: Some(26), output_tokens: Some(7), ..Usage::default() })
    );
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.meta, Some(json!({ "exact_length": false, "total_duration_ns": 883_583_458 })));
}

#[test]
fn a_prompt_of_unknown_cached_part_gives_a_duration_but_no_count() {
    let (_, turn) = run(&tape!("tapes/synthetic-chat"));
    assert_eq!(
        turn.timing,
        Some(ServerTiming {
            prompt_ns: Some(342_546_000),
            prompt_tokens: None,
            decode_ns: Some(535_599_000),
            decode_gaps: Some(6),
            load_ns: Some(1_334_875),
            ..ServerTiming::default()
        })
    );
}

#[test]
fn one_token_makes_no_gap_and_what_is_left_out_is_unknown() {
    let (ended, turn) = run(&tape!("tapes/synthetic-one-token"));
    ended.unwrap();
    assert_eq!(turn.timing, Some(ServerTiming::default()));
    assert_eq!(
        turn.meta,
        Some(json!({
            "exact_length": false,
            "remote_model": "big",
            "remote_host": "https://ollama.com:443",
        }))
    );
}

#[test]
fn calls_come_whole() {
    let (ended, turn) = run(&tape!("tapes/synthetic-tools"));
    ended.unwrap();
    let calls = [("read_file", r#"{"path":"src/a.rs"}"#), ("list", "{}")];
    let calls = calls.map(|(name, arguments)| (name.to_owned(), arguments.to_owned()));
    assert_eq!(turn.tool_calls, calls);
    assert_eq!(turn.text(Channel::Tool), r#"{"path":"src/a.rs"}{}"#);
    assert_eq!(turn.finish.as_deref(), Some("tool-calls"));
}

#[test]
fn failures_have_codes() {
    let tape = tape!("tapes/synthetic-errors");
    for (code, retryable) in [
        ("not-found", false),
        ("context-exceeded", false),
        ("server-error", true),
        ("bad-request", false),
        // An answer that repeats itself is cut off without a last line.
        ("protocol", false),
    ] {
        let (ended, turn) = run(&tape);
        let failure = ended.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), (code, retryable), "{failure:?}");
        assert_eq!((turn.finish, turn.usage), (None, None));
    }
}

#[test]
fn a_stream_may_break_anywhere() {
    for cut in [0, 1, 200, 500, 900] {
        let (ended, turn) = run(&tape!("tapes/synthetic-chat").cut_after(cut));
        assert_eq!(ended.unwrap_err().code, "connection-reset", "cut after {cut}");
        assert_eq!(turn.finish, None);
    }
    let (_, turn) = run(&tape!("tapes/synthetic-chat").cut_after(200));
    assert_eq!(turn.text(Channel::Reasoning), "They greet");
}

#[test]
fn lines_of_another_protocol_are_refused() {
    let text = include_str!("../../tapes/synthetic-chat.tape").replace("\"done\":", "\"over\":");
    let (ended, _) = run(&tachograph_sdk::testing::Tape::parse(&text));
    assert_eq!(ended.unwrap_err().code, "protocol");
}
