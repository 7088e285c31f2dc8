//! Plugins that break the rules. Each deed has a named code, and a fresh instance works after it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{
    DRIVER, HOST, Script, WORKLOAD, declared, driver, driver_of, driver_with, guest, request,
    workload, workload_of,
};
use tachograph_model::Failure;
use tachograph_sandbox::TurnRecord;

/// Runs a deed, then an honest turn on a fresh instance.
async fn deed(name: &str) -> (TurnRecord, bool) {
    let mut hostile = driver(name).await;
    let record = hostile.generate("hostile", &request()).await;
    let honest = driver("ok").await.generate("honest", &request()).await;
    assert_eq!(honest.failure, None, "after {name}");
    assert_eq!(honest.deltas.len(), 2, "after {name}");
    (record, hostile.is_poisoned())
}

/// A deed that ends its instance.
async fn fatal(name: &str) -> Failure {
    let mut hostile = driver(name).await;
    let failure = hostile.generate("hostile", &request()).await.failure.unwrap();
    assert!(hostile.is_poisoned(), "{name}");
    let next = hostile.generate("next", &request()).await.failure.unwrap();
    assert_eq!(next.code, "instance-poisoned", "{name}");
    assert!(next.message.contains(&failure.code), "{name}: {}", next.message);
    deed("ok").await;
    failure
}

/// A deed that the guest only is told off for.
async fn refused(name: &str) -> Failure {
    let (record, poisoned) = deed(name).await;
    assert!(!poisoned, "{name}");
    record.failure.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_loop() {
    let started = Instant::now();
    let failure = fatal("loop").await;
    assert_eq!(failure.code, "plugin-timeout");
    assert!(started.elapsed() >= Duration::from_secs(2));
}

/// On one thread, a looping guest still lets others run.
#[tokio::test]
async fn an_endless_loop_yields() {
    let mut hostile = driver("loop").await;
    let asked = request();
    let looping = hostile.generate("hostile", &asked);
    let mut turns = 0;
    let beside = async {
        for _ in 0..20 {
            let record = driver("ok").await.generate("honest", &request()).await;
            turns += u32::from(record.failure.is_none());
        }
    };
    let (record, ()) = tokio::join!(looping, beside);
    assert_eq!(record.failure.unwrap().code, "plugin-timeout");
    assert_eq!(turns, 20);
}

#[tokio::test]
async fn a_memory_bomb() {
    let failure = fatal("memory").await;
    assert_eq!(failure.code, "out-of-memory");
    assert!(failure.message.contains("67108864"), "{}", failure.message);
}

#[tokio::test]
async fn a_bottomless_recursion() {
    assert_eq!(fatal("stack").await.code, "stack-overflow");
    // Compilers keep wide frames in linear memory, below which there is nothing.
    let failure = fatal("guest-stack").await;
    assert_eq!(failure.code, "plugin-trap");
    assert!(failure.message.contains("out of bounds memory access"), "{}", failure.message);
}

#[tokio::test]
async fn a_panic_says_its_last_words_without_driving_the_terminal() {
    let failure = fatal("panic").await;
    assert_eq!(failure.code, "plugin-trap");
    assert!(failure.message.contains("boom \\u{1b}[31m"), "{}", failure.message);
}

#[tokio::test]
async fn an_exit() {
    assert_eq!(fatal("exit").await.code, "plugin-trap");
}

#[tokio::test]
async fn a_huge_return() {
    let mut hostile = driver("huge-return").await;
    let error = hostile.detect("d").await.unwrap_err();
    assert_eq!(error.code(), "return-too-large");
    assert!(hostile.is_poisoned());
    deed("ok").await;
}

#[tokio::test]
async fn a_huge_request() {
    assert_eq!(fatal("large-request").await.code, "return-too-large");
}

#[tokio::test]
async fn forged_frame_ids() {
    assert_eq!(refused("forged").await.code, "frame-unknown");
}

#[tokio::test]
async fn a_forgery_is_not_forgotten_when_the_guest_goes_on() {
    let (record, _) = deed("forged-quietly").await;
    assert_eq!(record.failure.unwrap().code, "frame-unknown");
    assert_eq!(record.deltas.len(), 2);
}

#[tokio::test]
async fn frame_ids_going_backwards() {
    let (record, _) = deed("backwards").await;
    assert_eq!(record.failure.unwrap().code, "frame-backwards");
    assert_eq!(record.deltas.len(), 1);
}

#[tokio::test]
async fn deltas_without_text_and_tokens() {
    assert_eq!(refused("empty-delta").await.code, "delta-empty");
    assert_eq!(refused("zero-tokens").await.code, "delta-empty");
}

#[tokio::test]
async fn floods() {
    let failure = fatal("flood").await;
    assert_eq!(failure.code, "host-call-flood");
    assert!(failure.message.contains("200000 host calls"), "{}", failure.message);
    let failure = fatal("request-flood").await;
    assert_eq!(failure.code, "host-call-flood");
    assert!(failure.message.contains("1000 requests"), "{}", failure.message);
    assert_eq!(fatal("refused-request-flood").await.code, "host-call-flood");
}

#[tokio::test]
async fn large_logs_and_prints_are_cut_and_change_nothing() {
    for name in ["log", "print"] {
        let (record, poisoned) = deed(name).await;
        assert_eq!((record.failure, poisoned), (None, false), "{name}");
        assert_eq!(record.deltas.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn no_way_out_of_the_endpoint() {
    for name in ["double-slash", "absolute", "dots", "host-header"] {
        let script = Arc::new(Script::default());
        let mut hostile = driver_with(name, Arc::clone(&script)).await;
        let record = hostile.generate("hostile", &request()).await;
        assert_eq!(record.failure.unwrap().code, "policy-denied", "{name}");
        assert!(script.asked.lock().unwrap().is_empty(), "{name}");
    }
}

/// The host's words for each part of WASI, and the deeds that call it.
const ACCESSES: [(&str, &[&str]); 3] = [
    ("files", &["files"]),
    ("environment variables or arguments", &["environment"]),
    ("a clock", &["clock", "date", "sleep"]),
];

#[tokio::test]
async fn files_variables_and_clocks_that_the_manifest_does_not_name() {
    let started = Instant::now();
    for (what, deeds) in ACCESSES {
        for name in deeds {
            let failure = fatal(name).await;
            assert_eq!(failure.code, "undeclared-access", "{name}");
            assert!(failure.message.contains(what), "{name}: {}", failure.message);
        }
    }
    // One of them asked to sleep for an hour.
    assert!(started.elapsed() < Duration::from_secs(60));
}

/// Naming them in the manifest lets the calls pass, and they still reach nothing.
#[tokio::test]
async fn nothing_of_the_machine_is_in_sight() {
    let plugin = HOST.load(&declared("hostile-driver")).unwrap();
    let mut hostile = driver_of(&plugin, "world", Arc::default()).await;
    let record = hostile.generate("hostile", &request()).await;
    assert_eq!(record.failure, None);
    assert_eq!(record.meta.unwrap(), serde_json::json!({ "seen": [] }));
    assert_eq!(fatal("world").await.code, "undeclared-access");
}

#[tokio::test]
async fn random_numbers_follow_from_the_seed() {
    let first = deed("random").await.0.meta.unwrap();
    let second = deed("random").await.0.meta.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn extras_are_bounded() {
    assert_eq!(refused("large-meta").await.code, "meta-too-large");
}

#[tokio::test]
async fn a_handle_used_after_its_drop() {
    assert_eq!(fatal("used-after-drop").await.code, "plugin-trap");
}

#[tokio::test]
async fn an_answer_of_an_earlier_call() {
    let mut hostile = driver("kept").await;
    assert_eq!(hostile.generate("first", &request()).await.failure, None);
    let failure = hostile.generate("second", &request()).await.failure.unwrap();
    assert_eq!(failure.code, "stale-response");
}

#[tokio::test]
async fn documents_that_are_not_valid() {
    let error = driver("invalid-json").await.detect("d").await.unwrap_err();
    assert_eq!(error.code(), "schema-violation");
    assert!(error.to_string().contains("hostile-driver"), "{error}");
    let mut hostile = driver("wrong-schema").await;
    let error = hostile.detect("d").await.unwrap_err();
    assert_eq!(error.code(), "schema-violation");
    assert!(!hostile.is_poisoned());
    let error = driver("not-this").await.detect("d").await.unwrap_err();
    assert_eq!(error.code(), "not-this-backend");
}

#[test]
fn sockets_are_refused_before_anything_is_compiled() {
    let error = HOST.load(&guest("hostile-sockets")).err().unwrap();
    assert_eq!(error.code(), "undeclared-import");
    let text = error.to_string();
    assert!(text.contains("imports `wasi:sockets/tcp@0.2"), "{text}");
    assert!(text.contains("plugins have no network of their own"), "{text}");
}

/// Runs a deed of the workload, then an honest session.
async fn next_of(name: &str) -> String {
    let mut session = workload(name).await.unwrap();
    let error = session.next(None).await.unwrap_err();
    let fatal = error.code() != "schema-violation";
    assert_eq!(session.is_poisoned(), fatal, "{name}: {error}");
    if fatal {
        assert_eq!(session.next(None).await.unwrap_err().code(), "instance-poisoned", "{name}");
    }
    assert_eq!(workload("ok").await.unwrap().next(None).await.unwrap(), None, "after {name}");
    error.code().to_owned()
}

#[tokio::test]
async fn a_workload_that_never_ends() {
    assert_eq!(next_of("loop").await, "out-of-fuel");
}

/// One instruction may fill 100 MiB, so fuel alone would let it run for a very long time.
#[tokio::test]
async fn a_workload_that_only_fills_memory() {
    let code = next_of("fill").await;
    assert!(matches!(&*code, "out-of-fuel" | "plugin-timeout"), "{code}");
}

#[tokio::test]
async fn a_workload_that_hoards_memory() {
    assert_eq!(next_of("memory").await, "out-of-memory");
}

#[tokio::test]
async fn a_workload_that_recurses_for_ever() {
    assert_eq!(next_of("stack").await, "stack-overflow");
}

#[tokio::test]
async fn a_workload_that_panics() {
    assert_eq!(next_of("panic").await, "plugin-trap");
}

#[tokio::test]
async fn a_workload_that_returns_100_megabytes() {
    assert_eq!(next_of("huge-return").await, "return-too-large");
}

#[tokio::test]
async fn steps_that_are_not_valid() {
    for name in ["invalid-json", "wrong-schema", "extra-field"] {
        assert_eq!(next_of(name).await, "schema-violation", "{name}");
    }
    let mut session = workload("wrong-schema").await.unwrap();
    let error = session.next(None).await.unwrap_err();
    assert!(error.to_string().contains("`/concurrency`"), "{error}");
}

#[tokio::test]
async fn reports_that_are_not_valid() {
    for name in ["invalid-json", "wrong-schema"] {
        let mut session = workload(name).await.unwrap();
        let error = session.report(&[]).await.unwrap_err();
        assert_eq!(error.code(), "schema-violation", "{name}");
        assert!(error.to_string().contains("workload-report"), "{error}");
    }
}

#[tokio::test]
async fn a_workload_that_refuses_its_parameters() {
    assert_eq!(workload("refuse").await.err().unwrap().code(), "bad-params");
}

#[tokio::test]
async fn a_workload_that_asks_for_files_variables_or_a_clock() {
    for name in ["files", "environment", "clock", "world"] {
        assert_eq!(next_of(name).await, "undeclared-access", "{name}");
    }
}

#[tokio::test]
async fn a_workload_sees_nothing_and_is_deterministic() {
    let plugin = HOST.load(&declared("hostile-workload")).unwrap();
    let mut session = workload_of(&plugin, "world").await.unwrap();
    assert_eq!(session.next(None).await.unwrap().unwrap().id, "nothing");
    let mut ids = Vec::new();
    let mut fuel = Vec::new();
    for _ in 0..2 {
        let mut session = workload("random").await.unwrap();
        ids.push(session.next(None).await.unwrap().unwrap().id);
        fuel.push(session.fuel_used());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(fuel[0], fuel[1]);
}

#[test]
fn the_fixtures_are_what_they_claim() {
    assert_eq!(DRIVER.id(), "hostile-driver");
    assert_eq!(WORKLOAD.id(), "hostile-workload");
}
