//! What went wrong, as documented codes.

use serde_json::Value;
use tachograph_model::Failure;

use crate::HttpResponse;

/// The most characters of a server's message that a failure repeats.
const MESSAGE_CHARS: usize = 300;

/// The most bytes of a body that a failure keeps.
const DETAIL_BYTES: usize = 4096;

/// Words by which servers say that the prompt is too long.
const TOO_LONG: &[&str] = &[
    "exceed_context_size",
    "context_length_exceeded",
    "maximum context length",
    "exceeds the available context",
    "context size has been exceeded",
    "longer than the context",
    // Anthropic, ollama, LM Studio (older and newer).
    "prompt is too long",
    "input length exceeds the context length",
    "when context the overflows",
    "is greater than the context length",
];

/// The failure that answers a status of 400 or more.
///
/// | status | code |
/// |---|---|
/// | 400, 422, other 4xx | `bad-request`, or `context-exceeded` by its words |
/// | 401, 403 | `unauthorized` |
/// | 404 | `not-found` |
/// | 429 | `rate-limited`, retryable (not for a used-up quota), with `Retry-After` |
/// | 503 while a model loads | `loading`, retryable |
/// | other 5xx | `server-error`, retryable |
/// | below 400 | `protocol` |
pub fn failure_of(response: &HttpResponse) -> Failure {
    let status = response.status;
    let body = response.body();
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let said = parsed.as_ref().and_then(message_of);
    let words = String::from_utf8_lossy(body).to_ascii_lowercase();
    let code = match status {
        401 | 403 => "unauthorized",
        404 => "not-found",
        429 => "rate-limited",
        503 if words.contains("loading") => "loading",
        500.. => "server-error",
        400.. if says_too_long(&words) => "context-exceeded",
        400.. => "bad-request",
        _ => "protocol",
    };
    let message = match said {
        Some(said) => format!("the server answered {status}: {}", clip(&said)),
        None => format!("the server answered {status}"),
    };
    let mut failure = Failure::new(code, message);
    // A quota that is used up does not come back by waiting.
    let quota = words.contains("insufficient_quota");
    failure.retryable = (status == 429 && !quota) || status >= 500;
    failure.http_status = Some(status);
    let millis = response.header("retry-after-ms").and_then(|value| value.trim().parse().ok());
    failure.retry_after_ms =
        millis.or_else(|| response.header("retry-after").and_then(retry_after));
    failure.detail = detail(body);
    failure
}

/// [`failure_of`] with the server's message where `failure_of` does not look
/// for one; it reads `error.message`, `error`, `message` and `detail`.
pub fn failure_saying(response: &HttpResponse, said: &str) -> Failure {
    let mut failure = failure_of(response);
    if !said.trim().is_empty() {
        failure.message = format!("the server answered {}: {}", response.status, clip(said));
    }
    failure
}

/// The answer if its status is 200.
///
/// # Errors
/// [`failure_of`] for any other status.
pub fn accepted(response: HttpResponse) -> Result<HttpResponse, Failure> {
    if response.status == 200 { Ok(response) } else { Err(failure_of(&response)) }
}

/// The failure of a frame that is an error object, as servers send them once
/// the status 200 is out: `{"error": {"message", "code", …}}`, or
/// `{"error": "text", "status": 500}` as ollama says it. `None` when the frame
/// is no error.
pub fn stream_failure(frame: &Value) -> Option<Failure> {
    let error = frame.get("error").filter(|error| !error.is_null())?;
    let said = message_of(frame).unwrap_or_else(|| error.to_string());
    let number = error.get("code").or(frame.get("status")).and_then(Value::as_u64);
    let words = error.to_string().to_ascii_lowercase();
    let code = match number {
        _ if says_too_long(&words) => "context-exceeded",
        Some(404) => "not-found",
        Some(429) => "rate-limited",
        Some(400..=499) => "bad-request",
        _ => "server-error",
    };
    let mut failure =
        Failure::new(code, format!("the server broke off its answer: {}", clip(&said)));
    failure.retryable = matches!(code, "rate-limited" | "server-error");
    failure.detail = detail(frame.to_string().as_bytes());
    Some(failure)
}

/// Keeps failures that say something of the server, and turns the others into
/// `not-this-backend`; for `detect`.
pub fn not_this_backend(failure: Failure) -> Failure {
    match failure.code.as_str() {
        "not-found" | "protocol" | "bad-request" => {
            let mut renamed = Failure::new("not-this-backend", failure.message);
            renamed.http_status = failure.http_status;
            renamed
        }
        _ => failure,
    }
}

/// Turns the refusal of an optional route into `unsupported`.
pub fn not_offered(mut failure: Failure) -> Failure {
    if matches!(failure.http_status, Some(404 | 405 | 501)) {
        failure.code = "unsupported".into();
        failure.retryable = false;
    }
    failure
}

/// A failure of the code `protocol`: the server does not speak the dialect.
pub fn protocol(message: impl Into<String>) -> Failure {
    Failure::new("protocol", message)
}

/// The failure of a frame that is not the JSON it should be.
pub fn malformed(frame: &[u8], reason: &str) -> Failure {
    protocol(format!("a frame of the answer {reason}: `{}`", excerpt(frame)))
}

/// The first 80 characters of some bytes, with control characters escaped.
pub fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..400).unwrap_or(bytes));
    let mut shown = String::new();
    for c in text.chars().take(80) {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

/// `error.message`, `error` as text, `message` or `detail`.
fn message_of(body: &Value) -> Option<String> {
    let error = body.get("error");
    let candidates = [
        error.and_then(|error| error.get("message")),
        error,
        body.get("message"),
        body.get("detail"),
    ];
    candidates.into_iter().flatten().find_map(|said| said.as_str().map(str::to_owned))
}

fn says_too_long(words: &str) -> bool {
    TOO_LONG.iter().any(|words_of_it| words.contains(words_of_it))
}

/// Seconds, as a whole number; the form with a date is left unread, because a
/// guest has no clock to compare it with.
fn retry_after(value: &str) -> Option<u64> {
    value.trim().parse::<u64>().ok()?.checked_mul(1000)
}

fn clip(text: &str) -> String {
    let mut clipped: String =
        text.chars().take(MESSAGE_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MESSAGE_CHARS).is_some() {
        clipped.push('…');
    }
    clipped
}

fn detail(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.get(..DETAIL_BYTES).unwrap_or(body)).into_owned();
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut response = HttpResponse::new(status, headers);
        response.push(0, None, body.as_bytes());
        failure_of(&response)
    }

    #[test]
    fn statuses_have_codes() {
        let codes: Vec<(u16, String, bool)> =
            [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 302]
                .into_iter()
                .map(|status| {
                    let failure = answer(status, &[], r#"{"error":"no"}"#);
                    (status, failure.code, failure.retryable)
                })
                .collect();
        let expected = [
            (400, "bad-request", false),
            (401, "unauthorized", false),
            (403, "unauthorized", false),
            (404, "not-found", false),
            (409, "bad-request", false),
            (422, "bad-request", false),
            (429, "rate-limited", true),
            (500, "server-error", true),
            (502, "server-error", true),
            (503, "server-error", true),
            (302, "protocol", false),
        ];
        assert_eq!(codes, expected.map(|(s, c, r)| (s, c.to_owned(), r)));
    }

    #[test]
    fn retry_after_counts_in_seconds_and_dates_are_left_unread() {
        let wait = |value| answer(429, &[("Retry-After", value)], "").retry_after_ms;
        assert_eq!(wait("7"), Some(7000));
        assert_eq!(wait("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(wait("99999999999999999999"), None);
        let exact = answer(429, &[("retry-after-ms", "1250"), ("retry-after", "2")], "");
        assert_eq!((exact.retryable, exact.retry_after_ms), (true, Some(1250)));
        let quota = answer(429, &[], r#"{"error":{"code":"insufficient_quota"}}"#);
        assert_eq!((quota.code.as_str(), quota.retryable), ("rate-limited", false));
    }

    #[test]
    fn a_message_of_another_form_is_told_by_the_driver() {
        let mut response = HttpResponse::new(429, vec![("Retry-After".into(), "7".into())]);
        response.push(0, None, br#"{"oops": "too many birds"}"#);
        assert_eq!(failure_of(&response).message, "the server answered 429");
        let failure = failure_saying(&response, "too many\nbirds");
        assert_eq!(failure.message, "the server answered 429: too many birds");
        assert_eq!((failure.code.as_str(), failure.retry_after_ms), ("rate-limited", Some(7000)));
        assert_eq!(failure_saying(&response, " "), failure_of(&response));
    }

    #[test]
    fn a_loading_server_says_so() {
        let failure = answer(503, &[], r#"{"error":{"message":"Loading model","code":503}}"#);
        assert_eq!((failure.code.as_str(), failure.retryable), ("loading", true));
        assert_eq!(failure.message, "the server answered 503: Loading model");
    }

    #[test]
    fn errors_inside_a_stream_come_as_objects_and_as_text() {
        let object = stream_failure(&json!({ "error": { "message": "slot lost", "code": 500 } }));
        let text = stream_failure(&json!({ "error": "out of memory" }));
        assert_eq!(object.unwrap().message, "the server broke off its answer: slot lost");
        assert_eq!(text.unwrap().message, "the server broke off its answer: out of memory");
        assert_eq!(stream_failure(&json!({ "error": null, "choices": [] })), None);
        let code =
            |status: u64| stream_failure(&json!({ "error": "no", "status": status })).unwrap().code;
        let codes = [400, 404, 429, 500].map(code);
        assert_eq!(codes, ["bad-request", "not-found", "rate-limited", "server-error"]);
        let long = stream_failure(
            &json!({ "error": { "message": "This model's maximum context length is 8192 tokens", "code": 400 } }),
        );
        assert_eq!(long.unwrap().code, "context-exceeded");
    }

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(excerpt(b"{\"a\":\n\x1b[31m"), "{\"a\":\\n\\u{1b}[31m");
        let long = excerpt(&[b'x'; 200]);
        assert_eq!((long.chars().count(), long.ends_with('…')), (81, true));
    }
}
