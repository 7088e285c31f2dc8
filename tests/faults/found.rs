//! Servers that are odd before a run begins: detection refuses them in time,
//! with a sentence, and no run is recorded.

use std::time::{Duration, Instant};

use tachograph_tests::{
    Tacho,
    scripted::{After, Answer, Scripted},
};

/// Detection waits five seconds for an answer.
const AT_MOST: Duration = Duration::from_secs(15);

const JSON: &str = "content-type: application/json\r\n";

fn refused(
    what: &str,
    script: impl Fn(&mut Answer) -> std::io::Result<After> + Send + Sync + 'static,
) {
    let server = Scripted::routes(script);
    let tacho = Tacho::new();
    let url = server.url();
    let began = Instant::now();
    let args = ["run", "suite-v2", "--quick", "--backend", "openai-compatible", "--url", &url];
    let said = tacho.run(&args).expect(3);
    assert!(began.elapsed() < AT_MOST, "{what}: {:?}", began.elapsed());
    assert!(said.out.is_empty() && said.err.starts_with("error: "), "{what}: {}", said.err);
    let says_what_to_do = said.err.contains(&url) || said.err.contains("--model");
    assert!(says_what_to_do, "{what}: {}", said.err);
    assert!(said.err.len() < 2000, "{what}: {} bytes", said.err.len());
    for word in ["panicked", "backtrace", "BACKTRACE"] {
        assert!(!said.err.contains(word), "{what}: {}", said.err);
    }
    assert!(said.err.chars().all(|c| c == '\n' || !c.is_control()), "{what}: {:?}", said.err);
    assert!(tacho.run_folders().is_empty(), "{what}");
}

#[test]
fn servers_that_do_not_say_what_they_are_are_refused() {
    refused("silence", |answer| answer.stall());
    refused("a reset", |_| Ok(After::Reset));
    refused("no HTTP", |answer| {
        answer.send("220 mail.example ESMTP\r\n\u{1b}[2J\r\n")?;
        Ok(After::Close)
    });
    refused("a page", |answer| {
        answer.whole("200 OK", "content-type: text/html\r\n", "<html>\u{1b}[31mhello</html>")
    });
    refused("a key is missing", |answer| {
        answer.whole("401 Unauthorized", JSON, r#"{"error":{"message":"no \u001b[2J key"}}"#)
    });
    refused("another API", |answer| answer.whole("200 OK", JSON, r#"{"models":{}}"#));
    refused("no model", |answer| answer.whole("200 OK", JSON, r#"{"object":"list","data":[]}"#));
    refused("half a list", |answer| answer.whole("200 OK", JSON, r#"{"data":[{"id":"#));
}

#[test]
fn lists_without_measure_are_refused() {
    refused("an endless list", |answer| {
        answer.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"data\":[")?;
        let models = r#"{"id":"m","object":"model"},"#.repeat(40_000);
        loop {
            answer.send(&models)?;
        }
    });
    refused("a deep list", |answer| {
        answer.whole("200 OK", JSON, &format!("{{\"data\":{}", "[".repeat(1 << 20)))
    });
}
