//! What the tests share: keys of their own, a small suite, a small result.

use std::collections::BTreeMap;

use tachograph_model::{
    BackendInfo, BackendSection, Cpu, Digest, Fingerprint, HarnessSection, Memory, ModelIdentity,
    Os, ProfileName, RunResult, RunnerBuild, SuiteUsed,
};

use crate::{SecretKey, SignedDocument, read_root, root_comment};

pub(crate) const PLUGIN: &[u8] = b"\0asm not really a component";

/// A suite with one workload and one driver, both pinned to [`PLUGIN`]s.
pub(crate) fn manifest() -> String {
    let (digest, size) = (Digest::of(PLUGIN), PLUGIN.len());
    format!(
        r#"kind = "suite"
schema = 1
name = "suite-x"
version = "1.2.0"
released = "2026-11-22"
metrics = "1"
description = "A suite for tests."
seed = 7

[profiles]
quick = {{ trials = 1, warmup = 0, budget_s = 10 }}
standard = {{ trials = 5, warmup = 1, budget_s = 60 }}
publish = {{ trials = 10, warmup = 2, budget_s = 600 }}

[[workload]]
id = "chat-short"
alias = "W1"
params = {{ prompt_tokens = 128, ratio = 0.5 }} # the ratio is of 1
[workload.plugin]
id = "workload-chat"
version = "1.0.0"
sha256 = "{digest}"
size = {size}

[[driver]]
id = "llama-cpp"
capabilities = {{ endpoints = ["api"] }}
[driver.plugin]
id = "driver-llama-cpp"
version = "1.0.0"
sha256 = "{digest}"
size = {size}
"#
    )
}

pub(crate) fn key() -> SecretKey {
    SecretKey::generate().unwrap()
}

/// Keys of every role, and a root of theirs.
pub(crate) struct Roots {
    pub(crate) root: [SecretKey; 3],
    pub(crate) channel: SecretKey,
    pub(crate) suite: SecretKey,
}

impl Roots {
    pub(crate) fn new() -> Self {
        Self { root: [key(), key(), key()], channel: key(), suite: key() }
    }

    /// A root that two of the three keys have to sign.
    pub(crate) fn text(&self) -> String {
        let public = |key: &SecretKey| key.public_key().unwrap().to_text();
        let [one, two, three] = self.root.each_ref().map(public);
        let (channel, suite) = (public(&self.channel), public(&self.suite));
        format!(
            r#"kind = "root"
schema = 1
version = 1
issued = "2026-12-01T12:00:00Z"
expires = "2028-01-05T12:00:00Z"
minimum_runner = "0.1.0"

[roles.root]
threshold = 2
keys = ["{one}", "{two}", "{three}"]

[roles.channel]
threshold = 1
keys = ["{channel}"]

[roles.suite]
threshold = 1
keys = ["{suite}"]

[[channel]]
name = "stable"
epoch = 1
floor = 1
"#
        )
    }

    /// The root with two signatures.
    pub(crate) fn document(&self) -> SignedDocument {
        self.sign(&self.text())
    }

    pub(crate) fn sign(&self, text: &str) -> SignedDocument {
        let root = read_root("1.toml", text.as_bytes()).unwrap();
        let sign =
            |key: &SecretKey| key.sign(text.as_bytes(), &root_comment(&root)).unwrap().into_bytes();
        SignedDocument {
            file: "1.toml".to_owned(),
            bytes: text.as_bytes().to_vec(),
            signatures: self.root[..2].iter().map(sign).collect(),
        }
    }
}

pub(crate) fn result() -> RunResult {
    RunResult {
        kind: "result".into(),
        schema: 1,
        started_unix_s: 1_795_000_000,
        suite: SuiteUsed {
            pin: format!("suite-x@{}", Digest::of(b"suite")).parse().unwrap(),
            version: "1.2.0".into(),
            metrics: "1".into(),
            profile: ProfileName::Quick,
            overrides: BTreeMap::from([("iterations".into(), "3".into())]),
        },
        runner: RunnerBuild {
            version: "0.1.0".into(),
            target: "x86_64-linux".into(),
            wasmtime: "48.0.0".into(),
        },
        plugins: Vec::new(),
        backend: BackendSection {
            driver: "llama-cpp".parse().unwrap(),
            origin: "built-in".into(),
            preset: None,
            launch: None,
            cost: None,
            local: true,
            info: BackendInfo {
                name: "reference".into(),
                version: None,
                models: Vec::new(),
                slots: Some(4),
                tools: false,
                exact_length: true,
                reports_cached_tokens: false,
                reports_timings: false,
                extra: serde_json::json!({ "é": [1, 2.5] }),
            },
        },
        model: ModelIdentity {
            id: "tiny".into(),
            quantization: "F32".into(),
            digest: None,
            digest_source: "none: generated".into(),
            parameters: Some(1_000_000),
            size_bytes: None,
            shape: None,
        },
        fingerprint: Fingerprint {
            hash: Digest::of(b"machine"),
            cpu: Cpu {
                arch: "x86_64".into(),
                logical_cores: 2,
                features: vec!["avx2".into()],
                ..Cpu::default()
            },
            memory: Memory { total_bytes: 1 << 33, available_bytes: 1 << 32, ..Memory::default() },
            os: Os { family: "linux".into(), name: None, kernel: None, virtualization: None },
            accelerators: Vec::new(),
            load_1m: Some(0.25),
            load: None,
            power: None,
            thermal: Vec::new(),
            sources: Default::default(),
            unread: Vec::new(),
        },
        nonce: "amber oak".into(),
        challenge: None,
        workloads: Vec::new(),
        harness: HarnessSection {
            added_latency_p50_ns: Some(21_000),
            added_latency_max_ns: None,
            self_test_n: 50,
            cpu_share: Some(0.015),
            max_lateness_ns: None,
            streams_held: None,
        },
        telemetry: None,
        roof: None,
        evidence: None,
        tape: Digest::of(b"tape"),
        sealed_by: String::new(),
        flags: Vec::new(),
    }
}
