//! Each mistake is found, and named.

use tachograph_testkit::{Conformance, Dialect, Options, Report};

use crate::{tested, wrong_driver};

async fn with(fault: &str) -> Report {
    let config = serde_json::json!({ "fault": fault });
    let dialect = Some(Dialect::Openai);
    tested(&wrong_driver(), &Options { dialect, script: None, config }).await
}

/// Asserts that these checks fail, each with these words, and that those that
/// fail are all in `scenarios`, unless that is empty.
async fn fails(fault: &str, checks: &[(&str, &str)], scenarios: &[&str]) {
    let report = with(fault).await;
    assert_eq!(report.level(), Conformance::None, "{fault}");
    for (check, words) in checks {
        let found = report.failures().find(|failed| failed.id == *check);
        let found = found.unwrap_or_else(|| panic!("{fault}: {check}: {}", report.to_text(80)));
        assert!(found.message.contains(words), "{fault}: {found:?}");
    }
    for check in report.failures() {
        let scenario = check.id.split('/').next().unwrap();
        assert!(scenarios.is_empty() || scenarios.contains(&scenario), "{fault}: {check:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mistake_it_conforms() {
    let report = with("none").await;
    assert_eq!(report.level(), Conformance::Full, "{}", report.to_text(80));
    insta::assert_snapshot!(report.to_text(80));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_delta() {
    let checks = [
        ("plain/content", "piece 3 (\" straße\") of the text is in no delta"),
        ("plain/frames", "a delta was dropped"),
        ("cut-off/partial-text", "was thrown away"),
    ];
    fails("drops-a-delta", &checks, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_counted() {
    let checks = [
        ("plain/frames", "the role alone, was counted"),
        ("opens-early/first-token", "a frame before the first token was taken for it"),
        ("opens-early/first-token-time", "shorter than the server took"),
    ];
    fails("counts-the-role", &checks, &[]).await;
    fails("empty-delta", &[("plain/turn-calls", "neither text nor tokens")], &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_is_counted_twice_or_not_at_all() {
    let twice = "usage was counted more than once";
    let checks = [("plain/output-tokens", twice), ("running-usage/output-tokens", twice)];
    fails("counts-usage-twice", &checks, &[]).await;
    fails("forgets-usage", &[("plain/output-tokens", "and the driver does not")], &[]).await;
    let checks = [("no-usage/output-tokens", "that the server never gave")];
    fails("invents-usage", &checks, &["no-usage"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_ids() {
    for fault in ["forges-ids", "forges-ids-quietly"] {
        fails(fault, &[("plain/turn-calls", "never arrived: a forged id")], &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_tool_call() {
    let checks = [("tool-call/tool-call", "not reported whole")];
    fails("forgets-tools", &checks, &["tool-call"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_at_the_wrong_time() {
    fails("all-at-the-end", &[("plain/first-token", "its time is too long")], &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_between_requests() {
    let checks = [("same-again/attribution", "keeps state between requests")];
    fails("drops-the-second-time", &checks, &["same-again", "rate-limited"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_with_wrong_words() {
    fails("hides-failures", &[("unauthorized/fails", "where there was none")], &[]).await;
    fails("own-codes", &[("unauthorized/code", "that no table knows")], &[]).await;
    let checks = [("rate-limited/retry-after", "how long the server asks to wait is lost")];
    fails("forgets-the-wait", &checks, &["rate-limited"]).await;
    fails("renames-the-end", &[("plain/finish", "another word")], &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_others() {
    let checks = [("foreign/web-page", "for the driver's own")];
    fails("accepts-all", &checks, &["foreign"]).await;
    fails("refuses-badly", &[("foreign/not-found", "another code")], &["foreign"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_prompt() {
    fails("other-prompt", &[("plain/prompt-sent", "did not reach the server")], &["plain"]).await;
}

/// Two seconds of its own time are what a call has; the kit goes on after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_hangs() {
    let report = with("hangs-on-long-texts").await;
    let bounds = report.failures().find(|check| check.id == "limits/bounds").unwrap();
    assert!(bounds.found.contains("2 s of its own time"), "{bounds:?}");
    for check in report.failures() {
        assert!(check.id.starts_with("long-line/") || check.id == bounds.id, "{check:?}");
    }
}

/// A report is the same each time, so that it can be kept and compared. The
/// fault is named in both channels that it touches.
#[tokio::test(flavor = "multi_thread")]
async fn mislabelled_reasoning_and_the_same_report_each_time() {
    let words = "text of the channel `reasoning` is on the channel `content`";
    let checks = [("reasoning/content", words), ("reasoning/reasoning", words)];
    fails("mislabels-reasoning", &checks, &["reasoning"]).await;
    let (one, other) = (with("mislabels-reasoning").await, with("mislabels-reasoning").await);
    assert_eq!(one.to_text(80), other.to_text(80));
    insta::assert_snapshot!(one.to_text(80));
}
