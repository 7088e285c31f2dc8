//! Statuses other than 200.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use tachograph_tests::scripted::{Scripted, usual};

use crate::measured::{INCOMPLETE, measure};

struct Refusal {
    status: &'static str,
    headers: &'static str,
    body: &'static str,
    code: &'static str,
    retryable: bool,
}

const JSON: &str = "content-type: application/json\r\n";

const REFUSALS: &[Refusal] = &[
    Refusal {
        status: "401 Unauthorized",
        headers: "content-type: application/json\r\nwww-authenticate: Bearer\r\n",
        body: r#"{"error":{"message":"Incorrect API key provided"}}"#,
        code: "unauthorized",
        retryable: false,
    },
    Refusal {
        status: "404 Not Found",
        headers: JSON,
        body: r#"{"error":{"message":"The model `scripted` does not exist"}}"#,
        code: "not-found",
        retryable: false,
    },
    Refusal {
        status: "429 Too Many Requests",
        headers: "content-type: application/json\r\nretry-after: 1\r\n",
        body: r#"{"error":{"message":"Rate limit reached"}}"#,
        code: "rate-limited",
        retryable: true,
    },
    Refusal {
        status: "500 Internal Server Error",
        headers: "content-type: text/html\r\n",
        body: "<html>\u{1b}[31mout of memory</html>",
        code: "server-error",
        retryable: true,
    },
    Refusal {
        status: "503 Service Unavailable",
        headers: JSON,
        body: r#"{"error":{"message":"Loading model","code":503}}"#,
        code: "loading",
        retryable: true,
    },
    Refusal {
        status: "400 Bad Request",
        headers: JSON,
        body: r#"{"error":{"message":"maximum context length is 64 tokens"}}"#,
        code: "context-exceeded",
        retryable: false,
    },
    // An error told as an event stream, as some proxies do.
    Refusal {
        status: "502 Bad Gateway",
        headers: "content-type: text/event-stream\r\n",
        body: "data: {\"error\":\"upstream is gone\"}\n\n",
        code: "server-error",
        retryable: true,
    },
    Refusal { status: "204 No Content", headers: "", body: "", code: "protocol", retryable: false },
];

#[test]
fn each_status_has_its_code() {
    for refusal in REFUSALS {
        let Refusal { status, headers, body, code, retryable } = refusal;
        let server = Scripted::start(|answer| answer.whole(status, headers, body));
        let outcome = measure(INCOMPLETE, &server);
        let error = outcome.failed_with(code);
        assert_eq!(error["retryable"], *retryable, "{error}");
        let number: u64 = status[..3].parse().unwrap();
        assert_eq!(error["http_status"], number, "{error}");
        let waits = headers.contains("retry-after");
        assert_eq!(error["retry_after_ms"].as_u64(), waits.then_some(1000), "{error}");
        let said = error["message"].as_str().unwrap();
        let told = serde_json::from_str::<serde_json::Value>(body).ok();
        if let Some(told) = told.as_ref().and_then(|told| told["error"]["message"].as_str()) {
            assert!(said.contains(told), "{said}");
        }
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let followed = Arc::new(AtomicBool::new(false));
    let seen = followed.clone();
    let elsewhere = Scripted::routes(move |answer| {
        seen.store(true, SeqCst);
        usual(answer)
    });
    let location = format!("location: {}/v1/chat/completions\r\n", elsewhere.url());
    let server = Scripted::start(move |answer| answer.whole("302 Found", &location, ""));
    let outcome = measure(INCOMPLETE, &server);
    assert_eq!(outcome.failed_with("protocol")["http_status"], 302);
    assert!(!followed.load(SeqCst));
}
