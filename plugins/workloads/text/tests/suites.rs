//! Every prompt of every workload of both suites, against the reference
//! tokenizer. Reads the manifests in `suites/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, Phase, ProfileName, Request, Step, Suite, WorkloadContext},
};
use tachograph_workload_text::{PLACEHOLDER_NONCE, nonce};
use workload_agent_trace::AgentTrace;
use workload_chat::Chat;
use workload_concurrent_decode::ConcurrentDecode;
use workload_long_context_decay::LongContextDecay;

const PROFILES: [ProfileName; 3] =
    [ProfileName::Quick, ProfileName::Standard, ProfileName::Publish];

fn suites() -> Vec<Suite> {
    ["suite-v1", "suite-v2"]
        .iter()
        .map(|name| {
            let root = env!("CARGO_MANIFEST_DIR");
            let path = format!("{root}/../../../suites/{name}/suite.toml");
            let suite: Suite = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(
                (suite.kind.as_str(), suite.schema, suite.metrics.as_str()),
                ("suite", 1, "1")
            );
            assert_eq!(suite.name.as_str(), *name);
            suite
        })
        .collect()
}

/// All steps of all workloads of a profile, with one or two trials.
fn plans(suite: &Suite, profile: ProfileName, nonce: &str) -> BTreeMap<String, Vec<Step>> {
    let all = suite.workload.iter().map(|entry| {
        let mut params = entry.params.clone();
        params.extend(entry.profile.get(&profile).cloned().unwrap_or_default());
        let params = serde_json::to_value(params).unwrap();
        let context = WorkloadContext {
            workload: entry.id.to_string(),
            nonce: nonce.to_owned(),
            profile,
            // Two trials and a warm-up show what repeats; more only take time.
            trials: suite.profiles[&profile].trials.min(2),
            warmup: suite.profiles[&profile].warmup.min(1),
            max_tokens: None,
            max_context: Some(262_144),
            tools: true,
        };
        let seed = suite.seed;
        let steps = match entry.plugin.id.as_str() {
            "workload-chat" => steps::<Chat>(params, context, seed),
            "workload-long-context-decay" => steps::<LongContextDecay>(params, context, seed),
            "workload-concurrent-decode" => steps::<ConcurrentDecode>(params, context, seed),
            "workload-agent-trace" => steps::<AgentTrace>(params, context, seed),
            other => panic!("no such plugin: {other}"),
        };
        (entry.id.to_string(), steps.unwrap())
    });
    all.collect()
}

fn steps<W: Workload>(
    params: serde_json::Value,
    context: WorkloadContext,
    seed: u64,
) -> Result<Vec<Step>, Failure> {
    let mut session = W::open(params, context, seed)?;
    let (mut steps, mut outcome) = (Vec::new(), None);
    while let Some(step) = session.next(outcome.take())? {
        outcome = Some(Outcome { step: step.id.clone(), skipped: None, requests: Vec::new() });
        steps.push(step);
    }
    Ok(steps)
}

fn tokens(text: &str) -> u64 {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len() as u64
}

fn reference(request: &Request) -> u64 {
    let call = |c: &tachograph_sdk::model::ToolCall| {
        tokens(&c.function.name) + tokens(&c.function.arguments)
    };
    let messages = request.messages.iter();
    let text: u64 =
        messages.map(|m| tokens(&m.content) + m.tool_calls.iter().map(call).sum::<u64>()).sum();
    let tool = |t| tokens(&serde_json::to_string(t).unwrap());
    text + request.tools.iter().map(tool).sum::<u64>()
}

/// S4.48, S4.50, S4.51, S4.54, S4.58: lengths as the suites state them, exact
/// by the reference tokenizer.
#[test]
fn every_prompt_has_its_stated_length() {
    for suite in suites() {
        for profile in PROFILES {
            let mut checked = BTreeSet::new();
            for (workload, steps) in plans(&suite, profile, &nonce(b"some run")) {
                for step in &steps {
                    for request in &step.requests {
                        let name = format!("{}/{workload}/{}/{}", suite.name, step.id, request.id);
                        let asked = request.reference_prompt_tokens;
                        assert_eq!(reference(request), asked, "{name}");
                        checked.insert((workload.clone(), asked));
                    }
                }
            }
            let lengths = |workload: &str| -> Vec<u64> {
                checked.iter().filter(|(w, _)| w == workload).map(|(_, n)| *n).collect()
            };
            assert_eq!(lengths("chat-short"), [128]);
            assert_eq!(lengths("chat-long"), [4096]);
            assert_eq!(lengths("concurrent-decode"), [1024]);
            assert_eq!(
                lengths("agent-trace"),
                [4096, 6144, 7424, 8256, 9792, 11_328, 12_032, 13_824, 14_400, 15_872]
            );
            let contexts: &[u64] = match profile {
                ProfileName::Quick => &[4096, 8192, 16_384, 32_768],
                _ => &[32_768, 65_536, 131_072],
            };
            assert_eq!(lengths("long-context-decay"), contexts);
        }
    }
}

/// Equal parameters, context and seed give equal bytes.
#[test]
fn plans_are_deterministic() {
    for suite in suites() {
        let plan = || {
            let plans = plans(&suite, ProfileName::Quick, PLACEHOLDER_NONCE);
            serde_json::to_string(&plans).unwrap()
        };
        assert_eq!(plan(), plan());
    }
}

/// With the nonce taken out, two runs have the same plan.
#[test]
fn only_the_nonce_differs_between_runs() {
    for suite in suites() {
        let plan = |nonce: &str| {
            let json = serde_json::to_string(&plans(&suite, ProfileName::Quick, nonce)).unwrap();
            assert!(json.contains(nonce));
            json.replace(nonce, "NONCE")
        };
        assert_eq!(plan(&nonce(b"run a")), plan(&nonce(b"run b")));
    }
}

/// No two cold prompts of a run share their first eight tokens, and no prompt
/// of one run shares them with any of another.
#[test]
fn cold_prompts_differ_within_eight_tokens() {
    let bpe = tiktoken_rs::o200k_base_singleton();
    let mut seen: BTreeMap<Vec<u32>, String> = BTreeMap::new();
    for suite in suites() {
        for run in [&b"run a"[..], b"run b"] {
            for (workload, steps) in plans(&suite, ProfileName::Standard, &nonce(run)) {
                for step in steps {
                    for request in step.requests.iter().filter(|r| r.ideal_cached_tokens == 0) {
                        let start: String = request.messages[0].content.chars().take(200).collect();
                        let head = bpe.encode_ordinary(&start)[..8].to_vec();
                        let name =
                            format!("{}/{run:?}/{workload}/{}/{}", suite.name, step.id, request.id);
                        if let Some(other) = seen.insert(head, name.clone()) {
                            panic!("{name} begins like {other}");
                        }
                    }
                }
            }
        }
    }
    assert!(seen.len() > 200, "{}", seen.len());
}

/// Trials are counted, warm-up is a phase of its own, ids are unique.
#[test]
fn steps_have_their_own_ids_and_phases() {
    let suite = &suites()[1];
    for (workload, steps) in plans(suite, ProfileName::Standard, PLACEHOLDER_NONCE) {
        let ids: BTreeSet<_> = steps.iter().map(|s| &s.id).collect();
        assert_eq!(ids.len(), steps.len(), "{workload}");
        for step in &steps {
            assert_eq!(step.id.contains("warmup"), step.phase == Phase::Warmup, "{}", step.id);
            let requests: BTreeSet<_> = step.requests.iter().map(|r| &r.id).collect();
            assert_eq!(requests.len(), step.requests.len());
        }
    }
}
