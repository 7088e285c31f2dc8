//! Runs with a known truth.

use std::collections::BTreeMap;

use tachograph_model::{
    Metric, Part, RunResult, Sample, WorkloadReport, WorkloadResult, WorkloadStatus,
};

use crate::{
    Random, fixture,
    report::{by_condition, headline, measured, row},
};

/// What a simulated run is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    pub(super) trials: u32,
    pub(super) requests: u32,
    /// Times are this many times as long as those of the model run.
    pub(super) slowness: f64,
    /// Spread of a trial, and of a request in it, as shares.
    pub(super) noise: (f64, f64),
}

impl Default for Truth {
    fn default() -> Self {
        Self { trials: 5, requests: 1, slowness: 1.0, noise: (0.01, 0.005) }
    }
}

/// A normal deviate: twelve uniform ones less six.
fn normal(random: &mut Random) -> f64 {
    let uniform = |random: &mut Random| (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0
}

/// A TTFT of 31 ms and 10 ms a token, times what the truth says; 256 tokens.
fn samples(truth: Truth, random: &mut Random) -> Vec<Sample> {
    let mut out = Vec::new();
    for trial in 0..truth.trials {
        let of_trial = truth.noise.0 * normal(random);
        for request in 0..truth.requests {
            let mut ns = |base: f64| {
                let factor = 1.0 + of_trial + truth.noise.1 * normal(random);
                (base * factor * truth.slowness) as u64
            };
            let mut sample = fixture::sample(256, ns(31e6), ns(10e6));
            (sample.trial, sample.step) = (trial, format!("trial-{trial}"));
            sample.request = format!("r{request}");
            out.push(sample);
        }
    }
    out
}

/// A workload as the host keeps it: reported on, then the reads left out.
pub(super) fn workload(id: &str, mut samples: Vec<Sample>, curve: bool) -> WorkloadResult {
    let random = Random::from_text(id);
    let kept = measured(&samples);
    let parts: Vec<Part> = curve
        .then(|| {
            const COLUMNS: &[&str] = &["decode_tps", "ttft_ms", "prompt_tokens"];
            let rows = by_condition(&kept, "context").into_iter();
            Part {
                title: "decay over context".into(),
                key: "context".into(),
                columns: COLUMNS.iter().map(|&c| c.into()).collect(),
                rows: rows
                    .map(|(at, s)| row(at, None, COLUMNS, &headline(&s, true, &random)))
                    .collect(),
            }
        })
        .into_iter()
        .collect();
    let summary: BTreeMap<String, Metric> = headline(&kept, true, &random);
    samples.iter_mut().for_each(|sample| sample.reads.clear());
    WorkloadResult {
        id: id.parse().unwrap(),
        plan: Some(tachograph_model::Digest::from_bytes([7; 32])),
        challenged_plan: None,
        report: WorkloadReport {
            workload: id.into(),
            status: WorkloadStatus::Measured,
            reason: None,
            verdict: "measured".into(),
            summary,
            parts,
            skipped: vec![],
            flags: vec![],
        },
        samples,
        wall_ns: None,
        steadiness: None,
    }
}

/// A run of `chat-short` by a seed.
pub(super) fn run(truth: Truth, seed: u64) -> RunResult {
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
    let mut result = empty();
    result.nonce = format!("seed {seed}");
    result.workloads.push(workload("chat-short", samples(truth, &mut random), false));
    result
}

/// One of two runs of `chat-short` that took turns on a machine that gets slower
/// by the share `heat` from one trial to the next.
pub(super) fn in_turn((nonce, other): (&str, &str), truth: Truth, heat: f64) -> RunResult {
    let mut random = Random::from_text(nonce);
    let second = u32::from(nonce > other);
    let all = (0..truth.trials).flat_map(|trial| {
        let place = 2 * trial + (second + trial) % 2;
        let slowness = truth.slowness * (1.0 + heat * f64::from(place));
        let mut one = samples(Truth { trials: 1, slowness, ..truth }, &mut random);
        for sample in &mut one {
            (sample.trial, sample.step) = (trial, format!("trial-{trial}"));
        }
        one
    });
    let mut result = empty();
    result.workloads.push(workload("chat-short", all.collect(), false));
    nonce.clone_into(&mut result.nonce);
    result.suite.overrides.insert(super::IN_TURN_WITH.into(), other.into());
    result
}

/// A run of `long-context-decay` with two contexts; the second is `slower`
/// times as slow as the first.
pub(super) fn curve(truth: Truth, slower: f64, seed: u64) -> RunResult {
    let mut random = Random::new(seed);
    let mut all = Vec::new();
    for (context, factor) in [(1024, 1.0), (4096, slower)] {
        let slowness = truth.slowness * factor;
        for mut sample in samples(Truth { slowness, ..truth }, &mut random) {
            sample.condition.insert("context".into(), context);
            all.push(sample);
        }
    }
    let mut result = empty();
    result.workloads.push(workload("long-context-decay", all, true));
    result
}

/// A result without workloads.
fn empty() -> RunResult {
    let digest = format!("sha256:{}", "0f".repeat(32));
    serde_json::from_value(serde_json::json!({
        "kind": "result", "schema": 1, "started_unix_s": 1_795_313_100,
        "suite": {
            "pin": format!("suite-v2@{digest}"), "version": "2.0.0", "metrics": "1",
            "profile": "standard", "overrides": {}
        },
        "runner": { "version": "0.1.0", "target": "x86_64-linux", "wasmtime": "48.0.0" },
        "plugins": [],
        "backend": {
            "driver": "llama-cpp", "origin": "found", "local": true,
            "info": {
                "name": "llama.cpp", "version": "b7423", "models": [], "slots": 4, "tools": true,
                "exact_length": true, "reports_cached_tokens": true, "reports_timings": false,
                "extra": null
            }
        },
        "model": {
            "id": "qwen3-8b-q4_k_m.gguf", "quantization": "Q4_K_M", "digest": digest,
            "digest_source": "the file", "parameters": 8_190_735_360_u64, "size_bytes": null
        },
        "fingerprint": {
            "hash": digest,
            "cpu": {
                "model": null, "arch": "x86_64", "logical_cores": 2, "physical_cores": null,
                "mhz": null, "features": [], "governor": null
            },
            "memory": { "total_bytes": 1, "available_bytes": 1, "swap_used_bytes": 0 },
            "os": { "family": "linux", "name": null, "kernel": null, "virtualization": null },
            "accelerators": [], "load_1m": null, "unread": []
        },
        "nonce": "amber falcon", "workloads": [],
        "harness": {
            "added_latency_p50_ns": null, "added_latency_max_ns": null, "self_test_n": 0,
            "cpu_share": null, "max_lateness_ns": null, "streams_held": null
        },
        "tape": digest, "sealed_by": "RWQ", "flags": []
    }))
    .unwrap()
}
