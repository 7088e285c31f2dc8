//! The kit against drivers: right ones pass, wrong ones fail by name.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod official;
mod scripts;
mod wrong;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use tachograph_sandbox::Host;
use tachograph_testkit::{Options, Report, TestkitError, test};

static HOST: LazyLock<Arc<Host>> = LazyLock::new(|| Host::new(None).unwrap());

/// A path in the checkout.
fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The driver that makes the mistake it is told to.
fn wrong_driver() -> Vec<u8> {
    std::fs::read(checkout("tests/fixtures/guests/wrong-driver.wasm")).unwrap()
}

async fn tested(component: &[u8], options: &Options) -> Report {
    test(&HOST, component, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_plugin_does_not_load() {
    let report = tested(b"\0asm no", &Options::default()).await;
    assert!(!report.passed());
    let failures: Vec<&str> = report.failures().map(|check| check.id.as_str()).collect();
    assert_eq!(failures, ["component/loads"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_is_not_tested() {
    let workload = checkout("tests/fixtures/guests/hostile-workload.wasm");
    let error = test(&HOST, &std::fs::read(workload).unwrap(), &Options::default()).await;
    assert_eq!(error.unwrap_err().code(), "not-a-driver");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_does_not_fit_is_refused() {
    let config = serde_json::json!({ "faults": 3 });
    let error = test(&HOST, &wrong_driver(), &Options { config, ..Options::default() }).await;
    let error = error.unwrap_err();
    assert!(matches!(error, TestkitError::Config { .. }), "{error}");
}

/// A driver that is at home nowhere is told so, with what it said to each server.
#[tokio::test(flavor = "multi_thread")]
async fn a_driver_of_an_unknown_protocol_needs_a_script() {
    let hostile = std::fs::read(checkout("tests/fixtures/guests/hostile-driver.wasm")).unwrap();
    let config = serde_json::json!({ "do": "not-this" });
    let error = test(&HOST, &hostile, &Options { config, ..Options::default() }).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "no-dialect");
    assert!(error.to_string().contains("ollama"), "{error}");
    assert!(error.hint().unwrap().contains("--script"));
}
