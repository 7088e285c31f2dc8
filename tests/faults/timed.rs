//! When things arrive: silences, roles before tokens, thoughts before answers.

use tachograph_tests::scripted::{STREAM, Scripted, delta, pause, usage, usual};

use crate::measured::{INCOMPLETE, MEASURED, measure};

const MS: u64 = 1_000_000;

#[test]
fn a_stall_before_the_first_byte_times_out() {
    let silent = Scripted::start(|answer| answer.stall());
    let outcome = measure(INCOMPLETE, &silent);
    let error = outcome.failed_with("timeout-first-byte");
    assert_eq!(error["retryable"], true);
    assert_eq!(outcome.since_sent("first_token_ns"), None);

    let head_only = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.stall()
    });
    let outcome = measure(INCOMPLETE, &head_only);
    outcome.failed_with("timeout-first-byte");
}

#[test]
fn a_stall_after_the_first_token_times_out_and_keeps_what_came() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(3, 20)?;
        answer.stall()
    });
    let outcome = measure(INCOMPLETE, &server);
    assert_eq!(outcome.failed_with("timeout-idle")["retryable"], true);
    assert_eq!(outcome.output(), Some(3));
    assert!(outcome.since_sent("first_token_ns").unwrap() >= 15 * MS);
    let silence =
        outcome.since_sent("end_ns").unwrap() - outcome.since_sent("last_token_ns").unwrap();
    assert!((990 * MS..3000 * MS).contains(&silence), "{silence}");
}

/// The role comes at once, the first token 120 ms later: that is the TTFT.
#[test]
fn a_role_is_no_token() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        let mut role = delta("role", "assistant");
        role["choices"][0]["delta"]["content"] = "".into();
        answer.event(role)?;
        pause(120);
        answer.tokens(16, 5)?;
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    let ttft = outcome.figure("ttft_ms").unwrap();
    assert!((115.0..400.0).contains(&ttft), "{ttft}");
    assert!(outcome.since_sent("headers_ns").unwrap() < 115 * MS);
    let decode = outcome.figure("decode_tps").unwrap();
    assert!((20.0..=210.0).contains(&decode), "15 tokens in at least 75 ms: {decode}");
}

/// Thoughts are tokens, but not output that a user sees.
#[test]
fn thoughts_come_before_the_answer() {
    for key in ["reasoning_content", "reasoning"] {
        let server = Scripted::start(move |answer| {
            answer.send(STREAM)?;
            for _ in 0..8 {
                pause(20);
                answer.event(delta(key, " hm"))?;
            }
            answer.tokens(8, 10)?;
            answer.finish(Some(usage(128, 16)))
        });
        let outcome = measure(MEASURED, &server);
        outcome.is_ok_with(&[]);
        let (ttft, ttfo) = (outcome.figure("ttft_ms").unwrap(), outcome.figure("ttfo_ms").unwrap());
        assert!(ttft >= 15.0 && ttfo - ttft >= 135.0, "{key}: {ttft} {ttfo}");
        assert_eq!(outcome.output(), Some(16));
    }
}

/// Comments keep a connection alive and move no clock: the server is silent for
/// longer than the patience, but for them.
#[test]
fn comments_are_no_tokens() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        for _ in 0..8 {
            answer.chunk(": keep-alive\n\n")?;
            pause(200);
        }
        answer.tokens(8, 10)?;
        answer.chunk(":\n\n: still here\n\n")?;
        answer.tokens(8, 10)?;
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    let ttft = outcome.figure("ttft_ms").unwrap();
    assert!((1600.0..2500.0).contains(&ttft), "{ttft}");
    assert_eq!(outcome.output(), Some(16));
}

/// The route that connections are warmed with never answers: chat is still measured.
#[test]
fn a_health_route_that_stalls_holds_nothing_up() {
    let server = Scripted::routes(|answer| match answer.path.as_str() {
        "/health" => answer.stall(),
        "/v1/models" => usual(answer),
        _ => {
            answer.send(STREAM)?;
            answer.tokens(16, 5)?;
            answer.finish(Some(usage(128, 16)))
        }
    });
    measure(MEASURED, &server).is_ok_with(&[]);
}
