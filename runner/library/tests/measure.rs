//! S1.11: a run from Rust is the same kind of thing as one from `tacho`: it has the
//! figures, verifies, and replays to its own bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tachograph::{Bench, Measure, ProfileName, Target, figure, serve_if_engine};
use tachograph_sandbox::Host;
use tachograph_trust::Catalog;

fn main() {
    if serve_if_engine().unwrap() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path()).unwrap();
    let measure = Measure::new("suite-v2", ProfileName::Quick, Target::BuiltIn)
        .workloads(&["chat-short"])
        .max_tokens(16);
    let finished = bench.run_blocking(&measure).unwrap();
    let result = &finished.result;
    assert_eq!(result.backend.origin, "built-in");
    let decode = figure(result, "chat-short", "decode_tps").unwrap();
    assert!(decode.value.unwrap() > 0.0 && decode.unit == "tok/s", "{decode:?}");
    let cached = figure(result, "chat-short", "prefix_cache_hit_rate").unwrap_err();
    assert!(cached.contains("cold"), "{cached}");
    assert!(figure(result, "chat-long", "ttft_ms").unwrap_err().contains("no workload"));

    // Kept where `tacho` would look, and the same to the byte when it is replayed.
    let kept = bench.archive().find("latest").unwrap();
    assert_eq!(kept.result_bytes, finished.run.result_bytes);
    assert!(tachograph_session::verify(&Catalog::builtin(), &kept).unwrap().tape_checked);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let host = Host::new(Some(&folder.path().join("cache/plugins"))).unwrap();
    let catalog = Catalog::builtin();
    let replay = tachograph_session::replay(&host, &catalog, &kept);
    assert!(runtime.block_on(replay).unwrap().identical);
    let nobody = Measure::quick("suite-v2", Target::Url("http://127.0.0.1:9".to_owned()));
    let error = bench.run_blocking(&nobody).unwrap_err();
    assert!(error.to_string().contains("no backend answers") && error.hint().is_some());
}
