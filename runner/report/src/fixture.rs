//! Results built by hand for the tests.

use std::collections::BTreeMap;

use tachograph_model::{
    Accelerator, BackendInfo, BackendSection, Cpu, Digest, Fingerprint, Flag, HarnessSection,
    Interval, Memory, Metric, MetricSource, ModelIdentity, ModelInfo, Os, Part, Pin, PluginUsed,
    ProfileName, Row, RunResult, RunnerBuild, SkippedPart, SuiteUsed, Unread, WorkloadReport,
    WorkloadResult, WorkloadStatus,
};

use MetricSource::{Client, Plan, Server};

/// A text without its ANSI sequences.
pub(crate) fn without_color(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    out + rest
}

/// The text, having asserted that every line fits 80 columns and has no control
/// characters.
pub(crate) fn fits(text: &str) -> &str {
    for line in text.lines() {
        assert!(crate::text::width(line) <= 80, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    text
}

/// What a server should not write.
pub(crate) fn nasty(text: &str) -> String {
    format!("{text}\u{1b}[2J\u{202e}\r\n\t{}", "x".repeat(200))
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn client(value: f64, unit: &str, n: usize) -> Metric {
    Metric::measured(value, unit, n, Client)
}

fn between(metric: Metric, low: f64, high: f64, method: &str) -> Metric {
    metric.with_interval(Some(Interval { low, high, method: method.into() }))
}

fn none(unit: &str, n: usize, reason: &str) -> Metric {
    Metric::unmeasured(unit, n, Client, reason)
}

fn named<const N: usize>(metrics: [(&str, Metric); N]) -> BTreeMap<String, Metric> {
    metrics.into_iter().map(|(name, metric)| (name.to_owned(), metric)).collect()
}

const NO_CACHE_COUNT: &str = "the server does not report cached tokens";

fn chat() -> WorkloadReport {
    WorkloadReport {
        workload: "chat-short".into(),
        status: WorkloadStatus::Measured,
        reason: None,
        verdict: "decodes 81.2 tok/s, first token after 31.2 ms".into(),
        summary: named([
            ("ttft_ms", between(client(31.24, "ms", 5), 29.81, 33.07, "bootstrap-95")),
            ("prefill_tps", {
                between(
                    Metric::measured(8_421.3, "tok/s", 5, Server),
                    8_120.0,
                    8_702.5,
                    "bootstrap-95",
                )
            }),
            ("decode_tps", between(client(81.24, "tok/s", 5), 80.9, 81.66, "bootstrap-95")),
            ("tpot_ms", between(client(12.31, "ms", 5), 12.25, 12.36, "bootstrap-95")),
            ("decode_p50_latency_ms", client(12.2, "ms", 1_275)),
            ("decode_p95_latency_ms", client(13.94, "ms", 1_275)),
            ("prompt_tokens", client(128.0, "tokens", 5)),
            ("output_tokens", client(256.0, "tokens", 5)),
            ("wall_ms", between(client(3_171.0, "ms", 5), 3_150.0, 3_190.0, "bootstrap-95")),
            ("prefix_cache_hit_rate", none("ratio", 0, NO_CACHE_COUNT)),
            ("requests", client(5.0, "count", 5)),
            ("failed_requests", client(0.0, "count", 5)),
        ]),
        parts: vec![],
        skipped: vec![],
        flags: vec![],
    }
}

fn decay() -> WorkloadReport {
    let row = |at: i64, prefill: f64, decode: f64, ttft: f64| Row {
        at,
        label: None,
        metrics: named([
            ("prefill_tps", client(prefill, "tok/s", 2)),
            (
                "decode_tps",
                between(client(decode, "tok/s", 2), decode - 1.0, decode + 1.0, "range"),
            ),
            ("ttft_ms", client(ttft, "ms", 2)),
            ("decode_p95_latency_ms", none("ms", 12, "p95 needs 59 samples, there are 12")),
        ]),
    };
    WorkloadReport {
        workload: "long-context-decay".into(),
        status: WorkloadStatus::Partial,
        reason: Some("two of three contexts were measured".into()),
        verdict: "decode keeps 71.4 % from 32,768 to 65,536 tokens".into(),
        summary: named([
            ("decode_retention_per_doubling_rate", client(0.7143, "ratio", 2)),
            ("wall_ms", between(client(83_412.0, "ms", 2), 81_000.0, 85_824.0, "range")),
        ]),
        parts: vec![Part {
            title: "decay over context".into(),
            key: "context".into(),
            columns: ["prefill_tps", "decode_tps", "ttft_ms", "decode_p95_latency_ms"]
                .map(str::to_owned)
                .into(),
            rows: vec![row(32_768, 1_204.4, 31.23, 27_215.0), row(65_536, 811.0, 22.31, 80_811.5)],
        }],
        skipped: vec![SkippedPart {
            what: "context 131072".into(),
            reason: "longer than the 81,920 tokens that the backend takes at once".into(),
        }],
        flags: vec![],
    }
}

fn streams() -> WorkloadReport {
    let row = |at: i64, aggregate: f64, stream: f64, efficiency: Metric| Row {
        at,
        label: None,
        metrics: named([
            ("aggregate_tps", client(aggregate, "tok/s", 5)),
            ("stream_tps", client(stream, "tok/s", 5)),
            ("efficiency", efficiency),
            ("ttft_ms", client(31.2 * at as f64, "ms", 5)),
        ]),
    };
    WorkloadReport {
        workload: "concurrent-decode".into(),
        status: WorkloadStatus::Measured,
        reason: None,
        verdict: "best at 8 streams: 402 tok/s in all, 50.3 tok/s each".into(),
        summary: named([
            ("aggregate_tps", client(402.1, "tok/s", 5)),
            ("best_streams", client(8.0, "count", 5)),
        ]),
        parts: vec![Part {
            title: "streams".into(),
            key: "streams".into(),
            columns: ["aggregate_tps", "stream_tps", "efficiency", "ttft_ms"]
                .map(str::to_owned)
                .into(),
            rows: vec![
                row(1, 81.0, 81.2, client(1.0, "ratio", 5)),
                row(4, 276.4, 70.1, client(0.853, "ratio", 5)),
                row(8, 402.1, 50.3, client(0.6205, "ratio", 5)),
                row(16, 398.7, 24.9, none("ratio", 0, "only 12 of 16 streams were held at once")),
            ],
        }],
        skipped: vec![],
        flags: vec![Flag::new("streams-not-held", "12 of 16 streams were held at once")],
    }
}

fn agent() -> WorkloadReport {
    const TURNS: [(&str, u64, u64, u64); 10] = [
        ("read_file call", 4_096, 0, 160),
        ("read_file call", 6_144, 4_096, 128),
        ("analysis and write_file", 7_424, 6_144, 768),
        ("run_tests call", 8_256, 7_424, 96),
        ("diagnosis and read_file", 9_792, 8_256, 384),
        ("edit_file call", 11_328, 9_792, 640),
        ("run_tests call", 12_032, 11_328, 96),
        ("second fix", 13_824, 12_032, 512),
        ("run_tests call", 14_400, 13_824, 96),
        ("summary", 15_872, 14_400, 512),
    ];
    let rows = TURNS.iter().enumerate().map(|(index, &(kind, prompt, cached, output))| {
        let fresh = (prompt - cached) as f64;
        let cached_metric = match index {
            8 => none("tokens", 0, "the usage of this turn did not arrive"),
            _ => Metric::measured(cached as f64, "tokens", 1, Server),
        };
        let ttft = fresh / 2.4;
        Row {
            at: index as i64 + 1,
            label: Some(kind.to_owned()),
            metrics: named([
                ("prompt_tokens", client(prompt as f64, "tokens", 1)),
                ("cached_tokens", cached_metric),
                ("new_tokens", client(fresh, "tokens", 1)),
                ("ttft_ms", client(ttft, "ms", 1)),
                ("prefill_tps", client(fresh / ttft * 1e3, "tok/s", 1)),
                ("decode_tps", client(78.4 - index as f64, "tok/s", 1)),
                ("output_asked_tokens", client(output as f64, "tokens", 1)),
                ("output_tokens", client(output as f64, "tokens", 1)),
                ("turn_ms", client(ttft + output as f64 * 12.9, "ms", 1)),
            ]),
        }
    });
    let columns = [
        "prompt_tokens",
        "cached_tokens",
        "new_tokens",
        "ttft_ms",
        "prefill_tps",
        "decode_tps",
        "output_tokens",
        "turn_ms",
        "output_asked_tokens",
    ];
    WorkloadReport {
        workload: "agent-trace".into(),
        status: WorkloadStatus::Measured,
        reason: None,
        verdict: "10 turns in 52.1 s; turn 1 is the slowest to start: 4,096 new tokens".into(),
        summary: named([
            ("wall_ms", client(52_140.0, "ms", 1)),
            ("model_ms", client(52_061.0, "ms", 1)),
            ("turn_p50_ms", client(4_214.0, "ms", 10)),
            ("turn_p95_ms", none("ms", 10, "p95 needs 59 samples, there are 10")),
            ("prefix_cache_hit_rate", Metric::measured(0.846, "ratio", 10, Server)),
            ("ideal_hit_rate", Metric::measured(0.8462, "ratio", 10, Plan)),
            ("prefill_amplification", client(1.0, "ratio", 10)),
            ("tool_calls_valid_json_rate", client(0.875, "ratio", 8)),
        ]),
        parts: vec![Part {
            title: "turns".into(),
            key: "turn".into(),
            columns: columns.map(str::to_owned).into(),
            rows: rows.collect(),
        }],
        skipped: vec![],
        flags: vec![
            Flag::new(
                "length-mismatch",
                "turn 4 gave 61 of 96 tokens, because the model ended its call early and the \
                 server has no way to force a length while tools are on the wire",
            ),
            Flag::new("made-up", "a code that has no advice"),
        ],
    }
}

fn failed() -> WorkloadReport {
    WorkloadReport {
        workload: "chat-long".into(),
        status: WorkloadStatus::Failed,
        reason: Some("every request failed: the server answered 500 (`kv cache is full`)".into()),
        verdict: String::new(),
        summary: BTreeMap::new(),
        parts: vec![],
        skipped: vec![],
        flags: vec![],
    }
}

fn entry(id: &str, report: WorkloadReport) -> WorkloadResult {
    WorkloadResult {
        id: id.parse().unwrap(),
        plan: Some(digest(3)),
        report: WorkloadReport { workload: id.to_owned(), ..report },
        samples: vec![],
        wall_ns: Some(3_171_000_000),
    }
}

/// A model as a backend lists it.
pub(crate) fn model_info(id: &str) -> ModelInfo {
    ModelInfo {
        id: id.into(),
        parameters: Some(8_190_735_360),
        size_bytes: Some(5_027_783_488),
        quantization: Some("Q4_K_M".into()),
        max_context: Some(81_920),
        digest: Some(digest(4).to_string()),
        digest_source: Some("the weights file".into()),
        local_path: None,
    }
}

/// A llama.cpp server.
pub(crate) fn backend() -> BackendInfo {
    BackendInfo {
        name: "llama.cpp".into(),
        version: Some("b7423".into()),
        models: vec![model_info("qwen3-8b-q4_k_m.gguf")],
        slots: Some(16),
        tools: true,
        exact_length: true,
        reports_cached_tokens: true,
        reports_timings: true,
        extra: serde_json::Value::Null,
    }
}

/// A virtual machine with two GPUs.
pub(crate) fn machine() -> Fingerprint {
    let gpu = Accelerator {
        name: "NVIDIA H200".into(),
        memory_bytes: Some(143_771 << 20),
        driver: Some("570.86.15".into()),
        source: "nvidia-smi".into(),
    };
    Fingerprint {
        hash: digest(5),
        cpu: Cpu {
            model: Some("AMD EPYC 9554 64-Core Processor".into()),
            arch: "x86_64".into(),
            logical_cores: 16,
            physical_cores: Some(8),
            mhz: Some(3_101),
            features: ["avx", "f16c", "fma", "avx2", "avx512f", "avx512-vnni", "avx512-bf16"]
                .map(str::to_owned)
                .into(),
            governor: None,
        },
        memory: Memory {
            total_bytes: 135_081_000_960,
            available_bytes: 120_259_084_288,
            swap_used_bytes: 0,
        },
        os: Os {
            family: "linux".into(),
            name: Some("Debian GNU/Linux 12 (bookworm)".into()),
            kernel: Some("6.1.0-28-amd64".into()),
            virtualization: Some("vm".into()),
        },
        accelerators: vec![gpu.clone(), gpu],
        load_1m: Some(0.52),
        unread: vec![Unread {
            field: "cpu.governor".into(),
            reason: "the kernel shows no frequency scaling".into(),
        }],
    }
}

/// A result with everything in it: intervals, nulls, skips, flags, failures.
pub(crate) fn result() -> RunResult {
    RunResult {
        kind: "result".into(),
        schema: 1,
        started_unix_s: 1_795_313_100,
        suite: SuiteUsed {
            pin: Pin { name: "suite-v2".parse().unwrap(), digest: digest(0x0f) },
            version: "2.0.0".into(),
            metrics: "1".into(),
            profile: ProfileName::Standard,
            overrides: BTreeMap::from([("iterations".into(), "3".into())]),
        },
        runner: RunnerBuild {
            version: "0.1.0".into(),
            target: "x86_64-linux".into(),
            wasmtime: "48.0.0".into(),
        },
        plugins: vec![
            PluginUsed {
                id: "llama-cpp".parse().unwrap(),
                version: "1.0.0".into(),
                sha256: digest(6),
                abi: "1.0".into(),
                official: false,
            },
            PluginUsed {
                id: "workload-chat".parse().unwrap(),
                version: "1.0.0".into(),
                sha256: digest(7),
                abi: "1.0".into(),
                official: true,
            },
        ],
        backend: BackendSection {
            driver: "llama-cpp".parse().unwrap(),
            origin: "launched".into(),
            local: true,
            info: backend(),
        },
        model: ModelIdentity {
            id: "qwen3-8b-q4_k_m.gguf".into(),
            quantization: "Q4_K_M".into(),
            digest: Some(digest(4).to_string()),
            digest_source: "of the weights file".into(),
            parameters: Some(8_190_735_360),
            size_bytes: Some(5_027_783_488),
        },
        fingerprint: machine(),
        nonce: "amber falcon seven".into(),
        workloads: vec![
            entry("chat-short", chat()),
            entry("chat-long", failed()),
            entry("long-context-decay", decay()),
            entry("concurrent-decode", streams()),
            entry("agent-trace", agent()),
        ],
        harness: HarnessSection {
            added_latency_p50_ns: Some(41_200),
            added_latency_max_ns: Some(212_700),
            self_test_n: 500,
            cpu_share: Some(0.031),
            max_lateness_ns: Some(812_000),
            streams_held: Some(0.75),
        },
        tape: digest(8),
        sealed_by: "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".into(),
        flags: vec![
            Flag::new("development-key", "the suite is signed with a development key"),
            Flag::new("unofficial-driver", "the suite does not pin the driver llama-cpp"),
        ],
    }
}

/// A result in which little is known.
pub(crate) fn bare_result() -> RunResult {
    let mut bare = result();
    bare.suite.overrides.clear();
    bare.suite.profile = ProfileName::Quick;
    bare.plugins.clear();
    bare.flags.clear();
    bare.workloads.truncate(1);
    bare.workloads[0].report = WorkloadReport {
        status: WorkloadStatus::Skipped,
        reason: Some("the backend takes 64 tokens, the prompt has 128".into()),
        verdict: String::new(),
        summary: BTreeMap::new(),
        ..chat()
    };
    bare.backend.origin = "built-in".into();
    bare.backend.driver = "openai-compatible".parse().unwrap();
    bare.backend.info.name = "reference engine".into();
    bare.backend.info.version = None;
    bare.model = ModelIdentity {
        id: "generated-60m".into(),
        quantization: "F32".into(),
        digest: None,
        digest_source: "the backend gives none".into(),
        parameters: None,
        size_bytes: None,
    };
    bare.fingerprint.cpu.model = None;
    bare.fingerprint.cpu.logical_cores = 1;
    bare.fingerprint.os.name = None;
    bare.fingerprint.os.virtualization = None;
    bare.fingerprint.accelerators.clear();
    bare.harness = HarnessSection {
        added_latency_p50_ns: None,
        added_latency_max_ns: None,
        self_test_n: 0,
        cpu_share: None,
        max_lateness_ns: None,
        streams_held: None,
    };
    bare
}

/// A result whose backend and plugins write what they should not.
pub(crate) fn hostile_result() -> RunResult {
    let mut hostile = result();
    hostile.suite.pin.name = "a".repeat(64).parse().unwrap();
    hostile.suite.version = nasty("1");
    hostile.runner.version = nasty("1");
    hostile.backend.info.name = nasty("server");
    hostile.backend.info.version = Some(nasty("v"));
    hostile.model.id = nasty("model");
    hostile.model.quantization = nasty("q");
    hostile.model.digest = Some(nasty("d"));
    hostile.fingerprint.cpu.model = Some(nasty("cpu"));
    hostile.fingerprint.accelerators[0].name = nasty("gpu");
    hostile.flags.push(Flag::new(nasty("code"), nasty("message")));
    for entry in &mut hostile.workloads {
        let report = &mut entry.report;
        report.workload = nasty("workload");
        report.verdict = nasty("verdict");
        let mut odd = Metric::measured(1e300, &nasty("unit"), usize::MAX, Client);
        odd.reason = Some(nasty("reason"));
        report.summary.insert(nasty("name"), odd.clone());
        report.summary.insert("ratio_rate".into(), Metric { value: Some(f64::NAN), ..odd.clone() });
        for part in &mut report.parts {
            part.title = nasty("title");
            part.key = nasty("key");
            part.columns.push(nasty("column"));
            for row in &mut part.rows {
                row.at = i64::MIN;
                row.label = Some(nasty("label"));
                row.metrics.insert(nasty("column"), odd.clone());
            }
        }
        report.skipped.push(SkippedPart { what: nasty("what"), reason: nasty("why") });
        report.flags.push(Flag::new(nasty("code"), nasty("message")));
    }
    hostile
}
