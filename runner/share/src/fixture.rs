//! A result for the tests: one that a run really made, with a GPU, a process
//! tree, four trials more and another model on its server.

use serde_json::{Value, json};
use tachograph_model::RunResult;

const RUN: &str = include_str!("../../../tests/fixtures/runs/llama-server/result.json");

pub(crate) fn result() -> RunResult {
    let mut run: Value = serde_json::from_str(RUN).unwrap();
    let gpu = json!({
        "name": "NVIDIA H200", "memory_bytes": 150_754_820_096_u64, "driver": "570.86.15",
        "source": "nvidia-smi", "vbios": "96.00.74.00.01",
    });
    run["fingerprint"]["accelerators"] = json!([gpu]);
    run["flags"] = json!([{ "code": "on-battery", "message": "the machine ran on the battery" }]);
    let track = |max: u64| json!({ "n": 9, "first": 1, "last": 1, "min": 1, "mean": 1, "max": max, "points": [] });
    run["telemetry"]["processes"] = json!({
        "processes": 2, "rss_bytes": track(812_646_400), "vms_bytes": track(1 << 33),
        "minor_faults": 3, "major_faults": 0, "cpu_ns": 5,
    });
    let models = run["backend"]["info"]["models"].as_array_mut().unwrap();
    let mut other = models[0].clone();
    other["id"] = json!("another-model");
    models.push(other);
    let samples = run["workloads"][0]["samples"].as_array_mut().unwrap();
    let trial = samples[1].clone();
    for more in 1..5u64 {
        let mut trial = trial.clone();
        trial["trial"] = json!(more);
        let last = trial["times"]["last_token_ns"].as_u64().unwrap();
        trial["times"]["last_token_ns"] = json!(last + more * 1_000_000);
        samples.push(trial);
    }
    serde_json::from_value(run).unwrap()
}
