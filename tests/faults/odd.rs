//! Odd, but allowed; and names that are not fit to be shown.

use serde_json::json;
use tachograph_tests::scripted::{
    After, Answer, STREAM, Scripted, delta, finish, pause, usage, usual,
};

use crate::measured::{MEASURED, measure};

/// No length, no chunks: the end of the connection is the end of the answer.
#[test]
fn http_1_0_ends_with_its_connection() {
    let server = Scripted::start(|answer| {
        answer.send("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")?;
        let send = |answer: &mut Answer, data: String| {
            pause(5);
            answer.send(format!("data: {data}\n\n"))
        };
        for _ in 0..16 {
            send(answer, delta("content", " w").to_string())?;
        }
        send(answer, finish("length").to_string())?;
        send(answer, usage(128, 16).to_string())?;
        send(answer, "[DONE]".to_owned())?;
        Ok(After::Close)
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    assert_eq!(outcome.output(), Some(16));
}

/// A content type with parameters and in capitals, events with names and ids.
#[test]
fn spelling_does_not_matter() {
    let server = Scripted::start(|answer| {
        answer.send(
            "HTTP/1.1 200 OK\r\nCONTENT-TYPE: Text/Event-Stream; charset=utf-8\r\n\
             Transfer-Encoding: chunked\r\n\r\n",
        )?;
        for id in 0..16 {
            let data = delta("content", " w");
            answer.chunk(format!("event: message\nid: {id}\nretry: 1\ndata:{data}\n\n"))?;
            pause(5);
        }
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    assert_eq!(outcome.output(), Some(16));
}

/// The name in the answer is the server's word; the result keeps what was asked.
#[test]
fn an_answer_of_another_model_is_measured_under_the_name_that_was_asked() {
    let server = Scripted::start(|answer| {
        let asked: serde_json::Value = serde_json::from_slice(&answer.request()?)?;
        assert_eq!(asked["model"], "scripted");
        answer.send(STREAM)?;
        for _ in 0..16 {
            let mut event = delta("content", " w");
            event["model"] = json!("gpt-\u{1b}[31m9");
            answer.event(event)?;
            pause(5);
        }
        answer.finish(Some(usage(128, 16)))
    });
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    assert_eq!(outcome.result["model"]["id"], "scripted");
    assert!(!outcome.result.to_string().contains("gpt-"));
}

/// Names from a server are shown, so they must not steer the terminal.
#[test]
fn names_with_control_characters_do_not_reach_the_terminal() {
    let server = Scripted::routes(|answer| match answer.path.as_str() {
        "/v1/models" => {
            let model = json!({ "id": "ev\u{1b}[2Jil\u{7}\r\n\u{202e}", "object": "model" });
            let list = json!({ "object": "list", "data": [model] }).to_string();
            answer.whole("200 OK", "content-type: application/json\r\n", &list)
        }
        "/health" => usual(answer),
        _ => {
            answer.send(STREAM)?;
            answer.tokens(16, 5)?;
            let mut event = finish("\u{1b}]0;owned\u{7}");
            event["system_fingerprint"] = json!("\u{1b}[31mred");
            answer.event(event)?;
            answer.event(usage(128, 16))?;
            answer.end()
        }
    });
    // That no control character is shown is asserted for every run.
    let outcome = measure(MEASURED, &server);
    outcome.is_ok_with(&[]);
    assert!(outcome.said.err.contains("sealed as run"));
    assert!(!outcome.said.out.contains('\u{202e}') && !outcome.said.err.contains('\u{202e}'));
}
