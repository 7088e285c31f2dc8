//! More than anyone asked for.

use tachograph_tests::scripted::{After, STREAM, Scripted, delta, usage, usual};

use crate::measured::{INCOMPLETE, MEASURED, measure};

const MIB: usize = 1 << 20;

/// One line of a gigabyte; the client has had enough long before, and keeps the
/// token that came before it.
#[test]
fn a_line_of_a_gigabyte_ends_at_the_bound() {
    let server = Scripted::start(|answer| {
        answer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")?;
        answer.send(format!("data: {}\n\ndata: {{\"a\":\"", delta("content", " w")))?;
        let piece = vec![b'x'; MIB];
        for _ in 0..1024 {
            answer.send(&piece)?;
        }
        Ok(After::Close)
    });
    let outcome = measure(INCOMPLETE, &server);
    assert_eq!(outcome.failed_with("body-too-large")["retryable"], false);
    assert_eq!(outcome.output(), Some(1));
}

/// Events without end, each of them good.
#[test]
fn an_endless_answer_ends_at_the_bound() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        let event = delta("content", &" word".repeat(2000));
        loop {
            answer.event(&event)?;
        }
    });
    let outcome = measure(INCOMPLETE, &server);
    outcome.failed_with("body-too-large");
}

#[test]
fn headers_without_measure_are_refused() {
    let long = Scripted::start(|answer| {
        let value = "h".repeat(80 << 10);
        answer.whole("200 OK", &format!("x-long: {value}\r\n"), "data: [DONE]\n\n")
    });
    measure(INCOMPLETE, &long).failed_with("headers-too-large");
    let endless = Scripted::start(|answer| {
        answer.send("HTTP/1.1 200 OK\r\n")?;
        for number in 0u64.. {
            answer.send(format!("x-{number}: {}\r\n", "h".repeat(500)))?;
        }
        Ok(After::Close)
    });
    measure(INCOMPLETE, &endless).failed_with("headers-too-large");
}

/// Events without end, each as small as it can be: what the driver cannot hold
/// is still the server's doing.
#[test]
fn an_endless_answer_of_small_events_ends_at_the_bound() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        let piece = "data:{}\n\n".repeat(64 << 10);
        loop {
            answer.chunk(&piece)?;
        }
    });
    measure(INCOMPLETE, &server).failed_with("body-too-large");
}

/// Of a long error page the start is enough.
#[test]
fn a_long_error_page_is_kept_in_part() {
    let server = Scripted::start(|answer| {
        answer.whole("500 Internal Server Error", "", &"e".repeat(4 * MIB))
    });
    let outcome = measure(INCOMPLETE, &server);
    let error = outcome.failed_with("server-error");
    assert_eq!(error["http_status"], 500);
    assert!(error.to_string().len() < 8192, "{}", error.to_string().len());
}

/// The route that connections are warmed with streams without end.
#[test]
fn a_health_route_without_end_holds_nothing_up() {
    let server = Scripted::routes(|answer| match answer.path.as_str() {
        "/health" => {
            answer.send("HTTP/1.1 200 OK\r\n\r\n")?;
            let piece = vec![b'h'; MIB];
            loop {
                answer.send(&piece)?;
            }
        }
        "/v1/models" => usual(answer),
        _ => {
            answer.send(STREAM)?;
            answer.tokens(16, 5)?;
            answer.finish(Some(usage(128, 16)))
        }
    });
    measure(MEASURED, &server).is_ok_with(&[]);
}
