//! Bytes that are not what they should be, or come in odd pieces.

use tachograph_tests::scripted::{After, STREAM, Scripted, chunked, delta, finish, usage};

use crate::measured::{INCOMPLETE, MEASURED, measure};

#[test]
fn a_frame_that_is_no_json_fails_the_request() {
    for garbage in ["{\"choices\":[", "\u{1b}[2J\u{7}", "null", "[1,2]", "{\"choices\":7}"] {
        let server = Scripted::start(move |answer| {
            answer.send(STREAM)?;
            answer.tokens(2, 5)?;
            answer.event(garbage)?;
            answer.tokens(2, 5)?;
            answer.finish(Some(usage(128, 4)))
        });
        let outcome = measure(INCOMPLETE, &server);
        outcome.failed_with("protocol");
        assert_eq!(outcome.output(), Some(2), "what came before {garbage:?}");
    }
}

#[test]
fn an_error_inside_a_stream_fails_the_request() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(2, 5)?;
        answer.event(r#"{"error":{"message":"CUDA out of memory","code":500}}"#)?;
        answer.end()
    });
    let outcome = measure(INCOMPLETE, &server);
    let error = outcome.failed_with("server-error");
    assert!(error["message"].as_str().unwrap().contains("CUDA out of memory"));
    assert_eq!(outcome.output(), Some(2));
}

/// JSON is UTF-8; what is not is no JSON, and its text reaches no terminal.
#[test]
fn text_that_is_not_utf8_fails_the_request() {
    let server = Scripted::start(|answer| {
        answer.send(STREAM)?;
        answer.tokens(2, 5)?;
        answer.chunk(
            [
                b"data: {\"choices\":[{\"delta\":{\"content\":\"",
                &b"\xc3\x28\xff"[..],
                b"\"}}]}\n\n",
            ]
            .concat(),
        )?;
        answer.finish(Some(usage(128, 3)))
    });
    let outcome = measure(INCOMPLETE, &server);
    outcome.failed_with("protocol");
    assert_eq!(outcome.output(), Some(2));
}

/// An answer with text outside ASCII, of 16 tokens.
fn answer_bytes(line_end: &str) -> Vec<u8> {
    let mut bytes = STREAM.as_bytes().to_vec();
    let mut event = |data: String| {
        let piece = format!("data: {data}{line_end}{line_end}");
        bytes.extend(chunked(piece));
    };
    for index in 0..16 {
        event(delta("content", &format!(" é🦀{index}")).to_string());
    }
    event(finish("length").to_string());
    event(usage(128, 16).to_string());
    event("[DONE]".to_owned());
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// Cut at every byte, in one piece, and with each line end: the same text.
#[test]
fn pieces_and_line_ends_do_not_change_the_text() {
    let mut texts = Vec::new();
    for (line_end, size) in [("\n", 1), ("\r\n", 1), ("\r", 7), ("\n", usize::MAX), ("\r\n", 512)] {
        let server = Scripted::start(move |answer| {
            for piece in answer_bytes(line_end).chunks(size) {
                answer.send(piece)?;
                // Long enough for the reader to come first, nearly always.
                std::thread::sleep(std::time::Duration::from_micros(30));
            }
            Ok(After::Keep)
        });
        let outcome = measure(MEASURED, &server);
        let one_piece = size == usize::MAX;
        // A starved reader finds several chunks at once, and says so.
        let flags = outcome.flags();
        assert!(flags.is_empty() || flags == ["coalesced"], "{flags:?}");
        assert_eq!(outcome.sample()["status"], "ok", "{}", outcome.sample());
        assert_eq!(outcome.output(), Some(16), "{line_end:?} {size}");
        if one_piece {
            assert_eq!(outcome.figure("decode_tps"), None, "one read shows no decode");
        }
        texts.push(outcome.sample()["text_sha256"].clone());
    }
    assert!(texts[0].is_string() && texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[test]
fn a_page_where_a_stream_was_asked_for_fails_the_request() {
    let server = Scripted::start(|answer| {
        let page = "<html><body>Sign in to the hotel network</body></html>";
        answer.whole("200 OK", "content-type: text/html\r\n", page)
    });
    let outcome = measure(INCOMPLETE, &server);
    let error = outcome.failed_with("protocol");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("text/html"), "{message}");
}

#[test]
fn a_whole_json_answer_to_a_stream_request_fails_the_request() {
    let server = Scripted::start(|answer| {
        let body = r#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":
            {"role":"assistant","content":"hello there"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":128,"completion_tokens":16,"total_tokens":144}}"#;
        answer.whole("200 OK", "content-type: application/json\r\n", body)
    });
    let outcome = measure(INCOMPLETE, &server);
    let error = outcome.failed_with("protocol");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("application/json") && message.contains("chat.completion"),
        "{message}"
    );
    assert_eq!(outcome.since_sent("first_token_ns"), None);
}

#[test]
fn what_is_no_http_is_told() {
    let server = Scripted::start(|answer| {
        answer.send("SSH-2.0-OpenSSH_9.6\r\n\r\n")?;
        Ok(After::Close)
    });
    measure(INCOMPLETE, &server).failed_with("bad-http");
}

#[test]
fn an_answer_without_one_event_is_no_measurement() {
    for body in ["", ": nothing\n\n", "data: [DONE]\n\n"] {
        let server = Scripted::start(move |answer| {
            answer.whole("200 OK", "content-type: text/event-stream\r\n", body)
        });
        let outcome = measure(INCOMPLETE, &server);
        let code = outcome.sample()["error"]["code"].as_str().unwrap().to_owned();
        assert!(["protocol", "empty-completion"].contains(&code.as_str()), "{body:?}: {code}");
        outcome.failed_with(&code);
    }
}
