//! The engine profile on the built-in engine: every workload measures, says why
//! where it does not, and replays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use tachograph_tests::{Tacho, json};

/// S1.51, S2.11 to S2.15, S3.7, T9: all eight, and no figure without a reason.
#[test]
fn the_engine_profile_measures_and_replays() {
    let tacho = Tacho::new();
    let args = ["run", "profile-v1", "--quick", "--backend", "built-in", "--json", "out.json"];
    let said = tacho.run(&args).expect(0);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    check(&json(&tacho.home().join("out.json")));
    let replayed = tacho.run(&["replay", "out.json"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
}

fn check(result: &Value) {
    let workloads = result["workloads"].as_array().unwrap();
    let ids: Vec<&str> = workloads.iter().map(|w| w["id"].as_str().unwrap()).collect();
    let expected = [
        "sequence-sweep",
        "throughput-modes",
        "context-scaling",
        "prompt-latency",
        "scalability",
        "memory-profile",
        "breakdown",
        "endurance",
    ];
    assert_eq!(ids, expected);
    for workload in workloads {
        let report = &workload["report"];
        assert!(["measured", "partial"].contains(&report["status"].as_str().unwrap()), "{report}");
        let tables = report["parts"].as_array().unwrap().iter();
        let rows = tables.flat_map(|table| table["rows"].as_array().unwrap());
        let metrics = rows.map(|row| &row["metrics"]).chain([&report["summary"]]);
        for (name, metric) in metrics.flat_map(|of| of.as_object().unwrap()) {
            let known = metric["value"].is_number() || metric["reason"].is_string();
            assert!(known, "{}: {name}: {metric}", workload["id"]);
        }
        for sample in workload["samples"].as_array().unwrap() {
            assert_eq!(sample["status"], "ok", "{sample}");
            assert_eq!(sample["tokens"]["cached"], 0, "{sample}");
        }
    }
    // The engine names no model file, so nothing is known of its bytes.
    for null in ["effective_bandwidth", "bytes_touched", "working_set_coverage"] {
        assert!(workloads[7]["report"]["summary"][null]["value"].is_null(), "{null}");
    }
    let summary = |at: usize, name: &str| {
        let metric = &workloads[at]["report"]["summary"][name];
        metric["value"].as_f64().unwrap_or_else(|| panic!("{name}: {metric}"))
    };
    if cfg!(target_os = "linux") {
        // The engine's process was followed: S1.58, S3.10, S3.21.
        assert!(summary(7, "rss_peak_bytes") >= summary(7, "rss_floor_bytes"));
        assert!(summary(7, "rss_floor_bytes") > 0.0 && summary(7, "minor_faults") >= 0.0);
        for row in workloads[0]["report"]["parts"][1]["rows"].as_array().unwrap() {
            assert!(row["metrics"]["peak_memory_bytes"]["value"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
    assert!(summary(0, "prompt_tps") > 0.0 && summary(1, "concurrent_speedup") > 0.0);
    assert!(summary(3, "end_to_end_over_parts") > 0.0 && summary(4, "best_streams") >= 1.0);
    // Σ tokens ÷ Σ time, whatever the clock said.
    let true_tps = summary(7, "total_output_tokens") / (summary(7, "total_wall_ms") / 1e3);
    assert!((summary(7, "true_tps") / true_tps - 1.0).abs() < 1e-9);
    // The built-in engine times prefill and decode; the shares are of a whole.
    let rows = workloads[6]["report"]["parts"][0]["rows"].as_array().unwrap();
    let shares = rows.iter().map(|row| row["metrics"]["share"]["value"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9, "{rows:?}");
    kept_tokens(&workloads[5]);
}

/// The tokens that the most sequences keep, from the samples.
fn kept_tokens(profile: &Value) {
    let samples = profile["samples"].as_array().unwrap().iter();
    let kept: u64 = samples
        .filter(|s| s["phase"] == "measure" && s["condition"]["sequences"] == 5)
        .map(|s| {
            s["tokens"]["prompt"].as_u64().unwrap() + s["tokens"]["output"].as_u64().unwrap() - 1
        })
        .sum();
    let row = &profile["report"]["parts"][0]["rows"][2]["metrics"];
    assert_eq!(row["tokens_used"]["value"].as_f64().map(|n| n as u64), Some(kept));
    let set_aside = row["tokens_allocated"]["value"].as_f64().unwrap() as u64;
    assert!(set_aside.is_multiple_of(16) && (kept..kept + 5 * 16).contains(&set_aside));
}
