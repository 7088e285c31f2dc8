//! Servers that a file describes.

use std::path::PathBuf;

use tachograph_testkit::{CheckStatus, Conformance, Options, Report, TestkitError, test};

use crate::{HOST, tested, wrong_driver};

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name)
}

async fn follows(name: &str, fault: &str) -> Report {
    let config = serde_json::json!({ "fault": fault });
    tested(&wrong_driver(), &Options { dialect: None, script: Some(script(name)), config }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_plays_the_scenarios() {
    let report = follows("template.script", "none").await;
    assert_eq!(report.level(), Conformance::Full, "{}", report.to_text(80));
    assert_eq!(report.dialect.as_deref(), Some("script"));
    let passed = |id: &str| {
        report.checks.iter().any(|check| check.id == id && check.status == CheckStatus::Passed)
    };
    for id in ["plain/first-token-time", "reasoning/reasoning", "stop/finish", "cut-off/code"] {
        assert!(passed(id), "{id}: {}", report.to_text(80));
    }
    let report = follows("template.script", "drops-a-delta").await;
    assert_eq!(report.level(), Conformance::None);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_a_cache_are_checked_where_the_script_leaves_them_to_the_kit() {
    let report = follows("cached.script", "none").await;
    assert_eq!(report.level(), Conformance::Full, "{}", report.to_text(80));
    let cached = |report: &Report| {
        report.checks.iter().find(|check| check.id == "plain/cached-tokens").unwrap().clone()
    };
    assert_eq!(
        (cached(&report).status, cached(&report).found.as_str()),
        (CheckStatus::Passed, "8")
    );
    assert!(!report.not_tested().contains(&"cached-tokens"));
    let text = report.to_text(80);
    assert!(text.contains("\nconformance: full"), "{text}");
    let left = text.split_once("not tested by this script: ").unwrap().1;
    for what in ["tool-call", "error-inside", "no-usage", "reasoning", "server-timing"] {
        assert!(left.contains(what), "{what}: {text}");
    }
    assert!(!text.contains("not tested by this script: comments"), "{text}");

    // A literal says nothing that the kit could know; the driver is not blamed.
    let report = follows("literal.script", "none").await;
    assert_eq!(cached(&report).status, CheckStatus::Skipped, "{}", report.to_text(80));
    assert!(report.not_tested().contains(&"cached-tokens"));
    for failed in report.failures() {
        assert!(failed.id.ends_with("/prompt-tokens"), "{failed:?}");
        assert!(failed.message.contains("the script writes this count"), "{failed:?}");
        assert!(failed.message.contains("`{{prompt_tokens}}`"), "{failed:?}");
    }
    assert!(report.failures().count() > 0);
    // A count that stands nowhere is the driver's own.
    let report = follows("literal.script", "counts-usage-twice").await;
    let failed = report.failures().find(|check| check.id == "plain/output-tokens").unwrap();
    assert!(failed.message.contains("counted more than once"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_answer_is_held_against_its_head() {
    let report = follows("recorded.script", "none").await;
    assert_eq!(report.level(), Conformance::Full, "{}", report.to_text(80));
    for fault in ["drops-a-delta", "counts-usage-twice", "renames-the-end"] {
        let report = follows("recorded.script", fault).await;
        assert_eq!(report.level(), Conformance::None, "{fault}: {}", report.to_text(80));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_none_is_refused() {
    for (name, code) in [("missing.script", "cannot-read"), ("broken.script", "bad-script")] {
        let options = Options { script: Some(script(name)), ..Options::default() };
        let error: TestkitError = test(&HOST, &wrong_driver(), &options).await.unwrap_err();
        assert_eq!(error.code(), code);
        let guided = error.hint().is_some_and(|hint| hint.contains("sdk/README.md"));
        assert_eq!(guided, code == "bad-script", "{error}");
    }
}
