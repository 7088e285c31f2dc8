//! What streams become.

use tachograph_sdk::{Channel, CountSource, Usage, serde_json::json};

use super::{run, tape};

#[test]
fn servers_that_speak_the_protocol_are_read_alike() {
    for (tape, cached) in
        [(tape!("tapes/llama-server-messages"), 0), (tape!("tapes/vllm-messages"), 0)]
    {
        let (ended, turn) = run(&tape);
        ended.unwrap();
        assert_eq!(turn.text(Channel::Content), "aecoocmegu");
        // The two events before the first text are no tokens.
        assert_eq!((turn.deltas.len(), turn.deltas[0].frame, turn.tokens()), (4, 2, None));
        assert_eq!(
            turn.usage,
            Some(Usage {
                prompt_tokens: Some(13),
                cached_tokens: Some(cached),
                output_tokens: Some(4),
                reasoning_tokens: None,
                source: CountSource::Usage,
            })
        );
        assert_eq!((turn.finish.as_deref(), turn.timing), (Some("length"), None));
    }
}

#[test]
fn a_path_of_the_model_is_not_kept_but_a_name_is() {
    let (_, llama) = run(&tape!("tapes/llama-server-messages"));
    assert_eq!(llama.meta, Some(json!({ "exact_length": false })));
    let (_, vllm) = run(&tape!("tapes/vllm-messages"));
    assert_eq!(vllm.meta, Some(json!({ "exact_length": false, "model": "tiny" })));
}

#[test]
fn thinking_text_and_calls_go_to_their_channels() {
    let (ended, turn) = run(&tape!("tapes/synthetic-thinking-and-tools"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Reasoning), "Look at the file.");
    assert_eq!(turn.text(Channel::Content), "I will read it.");
    assert_eq!(turn.text(Channel::Other), "read_filelist");
    assert_eq!(turn.text(Channel::Tool), r#"{"path": "src/a.rs"}"#);
    let calls = [("read_file", r#"{"path": "src/a.rs"}"#), ("list", "{}")];
    let calls = calls.map(|(name, arguments)| (name.to_owned(), arguments.to_owned()));
    assert_eq!(turn.tool_calls, calls);
    assert_eq!(turn.finish.as_deref(), Some("tool-calls"));
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(2112), Some(1800)));
    assert_eq!(usage.output_tokens, Some(89));
}

#[test]
fn the_request_is_kept_and_the_organization_is_not() {
    let (_, turn) = run(&tape!("tapes/synthetic-thinking-and-tools"));
    assert_eq!(
        turn.meta,
        Some(json!({
            "exact_length": false,
            "request-id": "req_018EeWyXxfu5pfWkrYcMdjWG",
            "anthropic-ratelimit-output-tokens-remaining": "79000",
            "model": "claude-a-1-20260101",
            "service_tier": "standard",
        }))
    );
}

#[test]
fn failures_have_codes() {
    let tape = tape!("tapes/synthetic-errors");
    for (code, retryable, status, wait) in [
        ("server-error", true, Some(529), None),
        ("context-exceeded", false, Some(400), None),
        ("unauthorized", false, Some(401), None),
        ("rate-limited", true, Some(429), Some(13_000)),
    ] {
        let failure = run(&tape).0.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), (code, retryable));
        assert_eq!((failure.http_status, failure.retry_after_ms), (status, wait));
    }
}

#[test]
fn an_error_event_keeps_what_came_before_it() {
    let tape = tape!("tapes/synthetic-errors");
    for _ in 0..4 {
        run(&tape).0.unwrap_err();
    }
    let (ended, turn) = run(&tape);
    let failure = ended.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("server-error", true));
    assert_eq!(failure.message, "the server broke off its answer: Overloaded");
    assert_eq!(turn.text(Channel::Content), "Half an");
    assert_eq!(turn.meta.unwrap()["request-id"], "req_05");
    // The beginning's count of output tokens is no count.
    assert_eq!(turn.usage.unwrap().output_tokens, None);
    assert_eq!(run(&tape).0.unwrap_err().code, "rate-limited");
}

#[test]
fn a_stream_may_break_anywhere() {
    for cut in [0, 40, 300, 700, 1100] {
        let (ended, turn) = run(&tape!("tapes/vllm-messages").cut_after(cut));
        assert_eq!(ended.unwrap_err().code, "connection-reset", "cut after {cut}");
        assert_eq!(turn.finish, None);
    }
    let (ended, turn) = run(&tape!("tapes/vllm-messages").in_pieces_of(7));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "aecoocmegu");
}

#[test]
fn an_answer_without_its_last_event_is_no_answer() {
    let text = include_str!("../../tapes/vllm-messages.tape");
    let cut = text.replace("data: {\"type\":\"message_stop\"}", "data: {\"type\":\"ping\"}");
    let (ended, _) = run(&tachograph_sdk::testing::Tape::parse(&cut));
    assert_eq!(ended.unwrap_err().code, "protocol");
}
