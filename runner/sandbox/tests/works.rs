//! What a plugin that keeps the rules gets, and what the host keeps of it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{DRIVER, HOST, Script, WORKLOAD, broken, driver, driver_with, request, workload};
use tachograph_model::TokenSource;
use tachograph_sandbox::{Channel, Host};

#[tokio::test]
async fn a_turn_is_recorded_with_the_reads_that_brought_it() {
    let script = Arc::new(Script::default());
    let mut driver = driver_with("ok", Arc::clone(&script)).await;
    let record = driver.generate("lane-0/r", &request()).await;
    assert_eq!(record.failure, None);
    let said: Vec<_> =
        record.deltas.iter().map(|d| (d.exchange, d.read, &*d.text, d.tokens)).collect();
    assert_eq!(said, [(0, 0, &b"Hel"[..], Some(1)), (0, 1, &b"lo"[..], Some(1))]);
    assert!(record.deltas.iter().all(|delta| delta.channel == Channel::Content));
    assert_eq!(record.exchanges[0].reads[1].at.0, 200);
    let usage = record.usage.unwrap();
    assert_eq!((usage.prompt, usage.output, usage.cached), (Some(5), Some(2), None));
    assert_eq!(usage.source, TokenSource::Usage);
    let valid: Vec<_> = record.tool_calls.iter().map(|call| call.valid_json).collect();
    assert_eq!(valid, [true, false]);
    assert_eq!(record.finish.as_deref(), Some("stop"));
    assert_eq!((record.frames, record.unattributed), (3, 0));
    // The same instance serves the next request; its frames have new ids.
    let again = driver.generate("lane-0/s", &request()).await;
    assert_eq!(again.failure, None);
    assert_eq!(again.deltas[0].exchange, 0);
    assert!(again.deltas[0].frame > record.deltas[1].frame);
    let asked = script.asked.lock().unwrap();
    let calls: Vec<_> = asked.iter().map(|(id, _, _)| (&*id.invocation, id.ordinal)).collect();
    assert_eq!(calls, [("lane-0/r", 0), ("lane-0/s", 0)]);
    assert_eq!((&*asked[0].1, &*asked[0].2), ("api", "/v1"));
}

#[tokio::test]
async fn a_broken_stream_gives_its_frames_and_then_its_error() {
    let script = Script { error: Some(broken()), ..Script::default() };
    let record = driver_with("ok", Arc::new(script)).await.generate("c", &request()).await;
    let failure = record.failure.unwrap();
    assert_eq!((&*failure.code, failure.retryable), ("closed-early", true));
    assert_eq!(record.deltas.len(), 2);
    assert_eq!(record.exchanges.len(), 1);
}

#[tokio::test]
async fn many_small_frames_come_in_batches() {
    let reads: Vec<&[u8]> = vec![&b"data: x\n\n".repeat(100_000).leak()[..]];
    let script = Script { reads, ..Script::default() };
    let record = driver_with("ok", Arc::new(script)).await.generate("c", &request()).await;
    assert_eq!(record.failure, None);
    assert_eq!((record.deltas.len(), record.frames), (100_000, 100_000));
}

#[tokio::test]
async fn an_answer_that_nobody_read_is_kept_whole() {
    let script = Arc::new(Script::default());
    let record = driver_with("unread", Arc::clone(&script)).await.generate("c", &request()).await;
    assert_eq!(record.failure, None);
    assert_eq!((record.frames, record.unattributed, record.exchanges.len()), (3, 3, 1));
    assert_eq!(*script.finished.lock().unwrap(), 1);
}

/// A replay can only give back what the tape holds.
#[tokio::test]
async fn an_answer_that_a_probe_left_unread_ends_before_the_probe() {
    let script = Arc::new(Script::default());
    driver_with("ok", Arc::clone(&script)).await.detect("d").await.unwrap();
    assert_eq!(*script.finished.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lanes_at_once() {
    let script = Arc::new(Script { lasts: Duration::from_millis(200), ..Script::default() });
    let mut drivers = Vec::new();
    for _ in 0..1024 {
        drivers.push(driver_with("ok", Arc::clone(&script)).await);
    }
    let lanes: Vec<_> = drivers
        .into_iter()
        .map(|mut driver| tokio::spawn(async move { driver.generate("c", &request()).await }))
        .collect();
    for lane in lanes {
        assert_eq!(lane.await.unwrap().failure, None);
    }
    assert_eq!(*script.finished.lock().unwrap(), 1024);
}

#[tokio::test]
async fn waiting_for_a_server_is_not_guest_time() {
    let script = Script { lasts: Duration::from_millis(2500), ..Script::default() };
    let started = Instant::now();
    let record = driver_with("ok", Arc::new(script)).await.generate("c", &request()).await;
    assert_eq!(record.failure, None);
    assert!(started.elapsed() >= Duration::from_millis(2500));
}

#[tokio::test]
async fn a_call_that_was_dropped_poisons_its_instance() {
    let script = Script { lasts: Duration::from_secs(60), ..Script::default() };
    let mut driver = driver_with("ok", Arc::new(script)).await;
    let asked = request();
    let slow = tokio::time::timeout(Duration::from_millis(50), driver.generate("c", &asked));
    assert!(slow.await.is_err());
    assert!(driver.is_poisoned());
    let record = driver.generate("d", &request()).await;
    assert_eq!(record.failure.unwrap().code, "instance-poisoned");
}

#[tokio::test]
async fn the_other_exports_of_a_driver() {
    let described = HOST.describe_driver(&DRIVER).await.unwrap();
    assert_eq!(described.title, "hostile");
    let mut driver = driver("ok").await;
    assert_eq!(driver.detect("d").await.unwrap().name, "200");
    assert_eq!(driver.list_models("m").await.unwrap(), []);
    assert_eq!(driver.count_tokens("t", "m", "a b c").await.unwrap(), 3);
    assert_eq!(driver.clear_cache("k").await.unwrap_err().code(), "unsupported");
    assert_eq!(driver.server_metrics("s").await.unwrap()["requests"], 3);
    assert!(!driver.is_poisoned());
    let preflight = DRIVER.preflight();
    assert_eq!(preflight.optional, ["tokenizer", "cache-control", "server-metrics"]);
    assert_eq!(preflight.abi, "1.0");
}

#[tokio::test]
async fn a_workload_from_open_to_report() {
    assert_eq!(HOST.describe_workload(&WORKLOAD).await.unwrap().title, "hostile");
    let mut session = workload("ok").await.unwrap();
    assert_eq!(session.next(None).await.unwrap(), None);
    assert_eq!(session.report(&[]).await.unwrap().verdict, "v");
    assert!(session.fuel_used() > 0);
}

#[tokio::test]
async fn a_plugin_in_the_wrong_place() {
    let error = HOST.describe_workload(&DRIVER).await.unwrap_err();
    assert_eq!(error.code(), "wrong-role");
    assert_eq!(HOST.describe_driver(&WORKLOAD).await.unwrap_err().code(), "wrong-role");
}

#[test]
fn compiled_code_is_cached_in_the_given_folder() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    for _ in 0..2 {
        let host = Host::new(Some(&cache)).unwrap();
        host.load(&support::guest("hostile-workload")).unwrap();
    }
    assert!(std::fs::read_dir(&cache).unwrap().next().is_some());
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = Host::new(Some(folder.path())).err().unwrap();
    assert_eq!(error.code(), "cache-dir");
}
