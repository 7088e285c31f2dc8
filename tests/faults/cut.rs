//! Answers that break off.

use std::io;

use tachograph_tests::scripted::{After, Answer, STREAM, Scripted, delta, finish, pause, usage};

use crate::measured::{INCOMPLETE, MEASURED, measure};

/// Three tokens, so that some came before the break.
fn begun(answer: &mut Answer) -> io::Result<()> {
    answer.send(STREAM)?;
    answer.tokens(3, 20)?;
    pause(20);
    Ok(())
}

#[test]
fn a_reset_before_the_first_token_is_told() {
    let server = Scripted::start(|_| Ok(After::Reset));
    let outcome = measure(INCOMPLETE, &server);
    assert_eq!(outcome.failed_with("reset")["retryable"], true);
    assert_eq!(outcome.since_sent("first_token_ns"), None);
}

#[test]
fn a_reset_after_the_first_token_is_told_and_what_came_is_kept() {
    let server = Scripted::start(|answer| {
        begun(answer)?;
        Ok(After::Reset)
    });
    let outcome = measure(INCOMPLETE, &server);
    outcome.failed_with("reset");
    assert_eq!(outcome.output(), Some(3));
    assert!(outcome.flags().contains(&"early-end"));
    assert!(outcome.since_sent("first_token_ns") < outcome.since_sent("last_token_ns"));
}

#[test]
fn a_close_without_an_answer_is_an_early_end() {
    let server = Scripted::start(|_| Ok(After::Close));
    measure(INCOMPLETE, &server).failed_with("closed-early");
}

#[test]
fn a_chunked_stream_without_its_end_is_an_early_end() {
    let server = Scripted::start(|answer| {
        begun(answer)?;
        Ok(After::Close)
    });
    let outcome = measure(INCOMPLETE, &server);
    assert_eq!(outcome.failed_with("closed-early")["retryable"], true);
    assert!(outcome.flags().contains(&"early-end"));
    assert_eq!(outcome.output(), Some(3));
}

/// The break cuts an event in two: the half is not read as an event.
#[test]
fn a_break_inside_an_event_is_the_break_and_no_malformed_event() {
    let server = Scripted::start(|answer| {
        begun(answer)?;
        answer.chunk("data: {\"choices\":[{\"delta\":{\"con")?;
        Ok(After::Close)
    });
    let outcome = measure(INCOMPLETE, &server);
    outcome.failed_with("closed-early");
    assert_eq!(outcome.output(), Some(3));
}

#[test]
fn a_body_shorter_than_its_length_is_an_early_end() {
    let server = Scripted::start(|answer| {
        let event = format!("data: {}\n\n", delta("content", " w"));
        answer.send(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99999\r\n\r\n\
             {event}{event}"
        ))?;
        pause(20);
        Ok(After::Close)
    });
    let outcome = measure(INCOMPLETE, &server);
    outcome.failed_with("closed-early");
    assert_eq!(outcome.output(), Some(2));
}

/// The body ends in order, but the answer does not.
#[test]
fn a_stream_with_neither_reason_nor_done_has_not_ended() {
    let server = Scripted::start(|answer| {
        begun(answer)?;
        answer.end()
    });
    let outcome = measure(INCOMPLETE, &server);
    let error = outcome.failed_with("protocol");
    assert!(error["message"].as_str().unwrap().contains("[DONE]"), "{error}");
    assert_eq!(outcome.output(), Some(3));
}

/// Either of the two ends an answer.
#[test]
fn a_reason_without_done_and_done_without_a_reason_are_ends() {
    let reason = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.event(finish("length"))?;
        answer.event(usage(128, 16))?;
        answer.end()
    });
    let outcome = measure(MEASURED, &reason);
    outcome.is_ok_with(&[]);
    assert_eq!(outcome.sample()["finish"], "length");
    let done = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.event(usage(128, 16))?;
        answer.event("[DONE]")?;
        answer.end()
    });
    let outcome = measure(MEASURED, &done);
    outcome.is_ok_with(&[]);
    assert!(outcome.sample()["finish"].is_null());
}

/// After `[DONE]` nothing was left to come: the doubt is told, the answer counts.
#[test]
fn a_break_after_done_is_a_doubt_and_no_failure() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(16, 5)?;
        answer.event(finish("length"))?;
        answer.event(usage(128, 16))?;
        answer.event("[DONE]")?;
        pause(20);
        Ok(After::Close)
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&["early-end"]);
    assert_eq!(outcome.output(), Some(16));
}
