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
    }
}
