//! The plans of `suites/profile-v1`: their shape, and every length against the
//! reference tokenizer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tachograph_sdk::{
    Failure, Workload,
    model::{ProfileName, Step, Suite, WorkloadContext},
};
use tachograph_workload_text::{PLACEHOLDER_NONCE, nonce};
use workload_breakdown::Breakdown;
use workload_concurrent_decode::ConcurrentDecode;
use workload_endurance::Endurance;
use workload_memory_profile::MemoryProfile;
use workload_prompt_latency::PromptLatency;
use workload_sequence_sweep::SequenceSweep;
use workload_throughput_modes::ThroughputModes;

fn suite() -> Suite {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/../../../suites/profile-v1/suite.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The steps of every workload in a profile, in the order of the suite.
fn plans(profile: ProfileName, nonce: &str) -> Vec<(String, Vec<Step>)> {
    let suite = suite();
    let plan = |entry: &tachograph_sdk::model::WorkloadEntry| {
        let mut params = entry.params.clone();
        params.extend(entry.profile.get(&profile).cloned().unwrap_or_default());
        let params = serde_json::to_value(params).unwrap();
        let context = WorkloadContext {
            workload: entry.id.to_string(),
            nonce: nonce.to_owned(),
            profile,
            trials: suite.profiles[&profile].trials,
            warmup: suite.profiles[&profile].warmup,
            max_tokens: None,
            max_context: Some(8192),
            tools: true,
        };
        let open = match entry.plugin.id.as_str() {
            "workload-breakdown" => steps::<Breakdown>,
            "workload-concurrent-decode" => steps::<ConcurrentDecode>,
            "workload-endurance" => steps::<Endurance>,
            "workload-memory-profile" => steps::<MemoryProfile>,
            "workload-prompt-latency" => steps::<PromptLatency>,
            "workload-sequence-sweep" => steps::<SequenceSweep>,
            "workload-throughput-modes" => steps::<ThroughputModes>,
            other => panic!("no such plugin: {other}"),
        };
        (entry.id.to_string(), open(params, context, suite.seed).unwrap())
    };
    suite.workload.iter().map(plan).collect()
}

fn steps<W: Workload>(
    params: serde_json::Value,
    context: WorkloadContext,
    seed: u64,
) -> Result<Vec<Step>, Failure> {
    let described = W::describe();
    for name in params.as_object().unwrap().keys() {
        assert!(described.params_schema["properties"].get(name).is_some(), "{name} has a schema");
    }
    let mut session = W::open(params, context, seed)?;
    let mut steps = Vec::new();
    while let Some(step) = session.next(None)? {
        steps.push(step);
    }
    Ok(steps)
}

/// One line a part of a workload: its first trial, and how often it comes.
fn outline(profile: ProfileName) -> String {
    let mut out = String::new();
    for (workload, steps) in plans(profile, PLACEHOLDER_NONCE) {
        for step in steps.iter().filter(|step| step.id.ends_with("trial-1")) {
            let part = step.id.trim_end_matches("trial-1").trim_end_matches('/');
            let like = |word| {
                let start = step.id.replace("trial-1", word);
                steps.iter().filter(|step| step.id.starts_with(&start)).count()
            };
            let (warmup, trials) = (like("warmup"), like("trial"));
            let (lanes, request) = (step.concurrency, &step.requests[0]);
            let (many, prompt) = (step.requests.len(), request.reference_prompt_tokens);
            let output = request.max_tokens;
            let name = [workload.as_str(), part].join(" ");
            writeln!(
                out,
                "{}: {many} requests on {lanes} lanes, {prompt} in, {output} out; \
                 {warmup} warm-ups, {trials} trials",
                name.trim()
            )
            .unwrap();
        }
    }
    out
}

/// S1.3 to S1.6, S2.19 to S2.37, S3.4: lengths, requests, warm-ups and trials.
#[test]
fn the_plan_of_the_standard_profile() {
    insta::assert_snapshot!(outline(ProfileName::Standard));
}

#[test]
fn the_plan_of_the_quick_profile() {
    insta::assert_snapshot!(outline(ProfileName::Quick));
}

/// Every prompt has its stated length by the reference tokenizer, asks for an
/// exact length, and begins like no other.
#[test]
fn every_prompt_is_exact_and_cold() {
    let o200k = tiktoken_rs::o200k_base_singleton();
    let mut begun = BTreeSet::new();
    let mut lengths = BTreeSet::new();
    for (workload, steps) in plans(ProfileName::Standard, &nonce(b"some run")) {
        let ids: BTreeSet<&str> = steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids.len(), steps.len(), "{workload}");
        for request in steps.iter().flat_map(|step| &step.requests) {
            let content = &request.messages[0].content;
            let tokens = o200k.encode_ordinary(content);
            assert_eq!(tokens.len() as u64, request.reference_prompt_tokens, "{content}");
            assert!(request.exact_length);
            assert!(begun.insert(tokens[..8].to_vec()), "begins like another: {content}");
            lengths.insert((workload.clone(), request.reference_prompt_tokens));
        }
    }
    let of = |workload: &str| -> Vec<u64> {
        lengths.iter().filter(|(of, _)| of == workload).map(|(_, tokens)| *tokens).collect()
    };
    assert_eq!(of("sequence-sweep"), [128, 512, 1024, 2048]);
    assert_eq!(of("context-scaling"), [32, 128, 256, 512]);
    // 13 or 14 of the opening, and one or two words.
    assert!(of("prompt-latency").iter().all(|tokens| (14..=16).contains(tokens)));
    for workload in ["throughput-modes", "scalability", "memory-profile", "breakdown", "endurance"]
    {
        assert_eq!(of(workload), [128], "{workload}");
    }
}

/// Equal parameters and seed give equal bytes; only the nonce differs between
/// runs.
#[test]
fn plans_differ_in_the_nonce_alone() {
    let plan = |run: &[u8]| {
        let nonce = nonce(run);
        let json = serde_json::to_string(&plans(ProfileName::Quick, &nonce)).unwrap();
        assert!(json.contains(&nonce));
        json.replace(&nonce, "NONCE")
    };
    assert_eq!(plan(b"run a"), plan(b"run b"));
}
