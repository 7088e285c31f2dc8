//! What goes wrong, and what it is called.

use tachograph_sdk::{Channel, serde_json::json};

use super::{detected, run, tape};

/// The code and the message of the failure that a tape ends with.
macro_rules! failure {
    ($name:literal, $dialect:literal) => {{
        let (ended, _) = run(&tape!($name), &detected($dialect));
        let failure = ended.unwrap_err();
        (failure.code, failure.message)
    }};
}

fn says(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn refusals_of_real_servers_have_codes() {
    assert_eq!(
        failure!("tapes/vllm-unknown-model", "vllm"),
        says(
            "not-found",
            "the server answered 404: The model `nope` does not exist. Valid aliases: tiny."
        )
    );
    assert_eq!(failure!("tapes/vllm-too-long", "vllm").0, "context-exceeded");
    assert_eq!(
        failure!("tapes/transformers-refusal", "transformers"),
        says(
            "bad-request",
            "the server answered 422: Unexpected fields in the request: {'ignore_eos'}"
        )
    );
    // An error that is a text, not an object.
    let (code, message) = failure!("tapes/mlx-unknown-model", "mlx");
    assert_eq!(code, "not-found");
    assert!(message.contains("Cannot find an appropriate cached snapshot"), "{message}");
}

#[test]
fn a_rate_limit_says_how_long() {
    let (ended, _) = run(&tape!("tapes/synthetic-rate-limit"), &json!({}));
    let failure = ended.unwrap_err();
    assert_eq!(failure.code, "rate-limited");
    assert!(failure.retryable);
    assert_eq!((failure.http_status, failure.retry_after_ms), (Some(429), Some(7000)));
}

#[test]
fn an_error_inside_a_stream_keeps_what_came_before() {
    let (ended, turn) = run(&tape!("tapes/synthetic-error-inside"), &json!({}));
    let failure = ended.unwrap_err();
    assert_eq!(failure.message, "the server broke off its answer: slot lost");
    assert_eq!(failure.code, "server-error");
    assert_eq!((turn.text(Channel::Content).as_str(), turn.finish), ("ab", None));
}

#[test]
fn what_is_not_the_dialect_is_named_by_its_beginning() {
    assert_eq!(
        failure!("tapes/synthetic-malformed", "generic"),
        says(
            "protocol",
            r#"a frame of the answer is not JSON: `{"choices":[{"delta":{"content":oops`"#
        )
    );
    assert_eq!(
        failure!("tapes/synthetic-unfinished", "generic"),
        says("protocol", "the answer ended with neither a finish reason nor [DONE]")
    );
    let (code, message) = failure!("tapes/synthetic-not-a-stream", "generic");
    assert_eq!(code, "protocol");
    assert!(message.starts_with("the server answered a streamed request with `application/json`"));
}

#[test]
fn a_cut_stream_is_the_break_wherever_it_was_cut() {
    let whole = tape!("tapes/vllm-chat");
    let (_, complete) = run(&whole, &detected("vllm"));
    for cut in [0, 1, 300, 700, 1234, 3000] {
        let (ended, turn) = run(&tape!("tapes/vllm-chat").cut_after(cut), &detected("vllm"));
        assert_eq!(ended.unwrap_err().code, "connection-reset", "cut after {cut}");
        assert_eq!(turn.finish, None);
        assert!(complete.deltas.starts_with(&turn.deltas), "cut after {cut}");
    }
}
