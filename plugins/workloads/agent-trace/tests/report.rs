//! The report of the trace, from a server with a known schedule.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Failure, Outcome, Request, Sample, Step, ToolCheck, WorkloadReport, WorkloadStatus},
    serde_json::{Value, json},
};
use tachograph_workload_text::testing::{self, Reply};
use workload_agent_trace::AgentTrace;

/// Prefill 0.1 ms an uncached token, decode 10 ms a token; every prompt before
/// is held, which is what a perfect cache does.
fn reply(_: &Step, request: &Request) -> Reply {
    let uncached = request.reference_prompt_tokens - request.ideal_cached_tokens;
    Reply {
        ttft_ns: uncached * 100_000,
        gap_ns: 10_000_000,
        output: request.max_tokens,
        prompt: request.reference_prompt_tokens,
        cached: Some(request.ideal_cached_tokens),
        error: None,
    }
}

fn run(
    params: Value,
    tools: bool,
    reply: impl Fn(&Step, &Request) -> Reply,
    change: impl Fn(&mut Sample),
) -> WorkloadReport {
    let mut context = testing::context("agent-trace", 1);
    context.tools = tools;
    let mut session = AgentTrace::open(params, context, 7).unwrap();
    let mut samples = Vec::new();
    let mut outcome = None;
    while let Some(step) = session.next(outcome.take()).unwrap() {
        samples.extend(testing::samples(&step, 1_000_000_000, &reply));
        outcome = Some(Outcome { step: step.id, skipped: None, requests: vec![] });
    }
    samples.iter_mut().for_each(change);
    session.report(samples).unwrap()
}

/// By hand: 15,872 tokens of prefill are 1,587.2 ms and 3,392 − 10 gaps are
/// 33,820 ms, together 35,407.2 ms (S4.60, S4.61, S4.62, S4.63).
#[test]
fn figures_by_hand() {
    let report = run(json!({}), true, reply, |_| {});
    let value = |name: &str| report.summary[name].value.unwrap();
    let near = |name: &str, want: f64| {
        assert!((value(name) - want).abs() < 1e-6 * want, "{name}: {} ({want})", value(name));
    };
    assert_eq!(report.status, WorkloadStatus::Measured);
    near("wall_ms", 35_407.2);
    near("model_ms", 35_407.2);
    near("total_output_tokens", 3392.0);
    near("total_prompt_tokens", 103_168.0);
    near("decode_tps", 100.0);
    near("prefill_tps", 10_000.0);
    near("prefix_cache_hit_rate", 87_296.0 / 103_168.0);
    near("ideal_cache_hit_rate", 87_296.0 / 103_168.0);
    near("cache_hit_of_ideal", 1.0);
    near("prefill_amplification", 1.0);
    near("cold_ttft_ms", 409.6);
    // The nine appends are 2048, 1280, 832, 1536, 1536, 704, 1792, 576, 1472.
    near("warm_ttft_ms", 147.2);
    near("prefix_stable", 1.0);
    near("worst_turn", 3.0);
    assert_eq!(
        report.summary["worst_turn"].reason.as_deref(),
        Some("analysis: 7.67 s of 7.80 s went into 768 output tokens")
    );
    // Turn times in ms: 1,999.6 1,474.8 7,798 1,033.2 3,983.6 6,543.6 1,020.4
    // 5,289.2 1,007.6 5,257.2: the middle of ten is (1,999.6 + 3,983.6) / 2.
    near("turn_p50_ms", 2991.6);
    near("turn_p95_ms", 6543.6 + 0.55 * (7798.0 - 6543.6));
    assert_eq!(
        report.summary["turn_p95_ms"].reason.as_deref(),
        Some("n = 10; an upper bound of p95 needs 59")
    );
    assert_eq!(report.verdict, "10 turns in 35.4 s; 85 % of the prompts cached, ideal 85 %");
    assert_eq!(report.parts[0].rows.len(), 10);
    assert_eq!(report.flags, []);
}

/// Delays are wall time and not model time.
#[test]
fn paced_turns_wait_outside_the_models_time() {
    let report = run(json!({ "paced": true }), true, reply, |_| {});
    let value = |name: &str| report.summary[name].value.unwrap();
    assert!((value("wall_ms") - value("model_ms") - 15_600.0).abs() < 1e-6);
    assert_eq!(report.parts[0].title, "turns, paced");
}

/// S4.62: a server that does not say has no hit rate, and never 0.
#[test]
fn unknown_cached_tokens_stay_unknown() {
    let report = run(json!({}), true, reply, |s| s.tokens.cached = None);
    for name in ["prefix_cache_hit_rate", "cache_hit_of_ideal", "prefill_amplification"] {
        let metric = &report.summary[name];
        assert_eq!(metric.value, None, "{name}");
        assert_eq!(metric.reason.as_deref(), Some("the server does not report cached tokens"));
    }
    assert!(report.summary["ideal_cache_hit_rate"].value.is_some());
    assert_eq!(report.verdict, "10 turns in 35.4 s; warm first token after 147 ms");
}

#[test]
fn broken_calls_and_a_warm_first_turn_are_seen() {
    let report = run(json!({}), true, reply, |s| {
        s.tool_calls = Some(ToolCheck { calls: 1, valid_json: u32::from(s.request != "turn-2") });
        if s.request == "turn-1" {
            s.tokens.cached = Some(3072);
        }
    });
    assert_eq!(report.summary["tool_call_validity"].value, Some(0.9));
    let codes: Vec<&str> = report.flags.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["warm-cache"]);
}

#[test]
fn a_backend_without_tools_ranks_apart() {
    let report = run(json!({}), false, reply, |_| {});
    assert_eq!(report.parts[0].title, "turns, flat");
    assert_eq!(report.flags[0].code, "flat-profile");
    let asked = run(json!({ "flat": true }), true, reply, |_| {});
    assert_eq!(asked.flags, [], "the suite asked for it");
    let calls = &asked.summary["tool_call_validity"];
    assert_eq!(calls.reason.as_deref(), Some("no tools were on the wire"));
}

#[test]
fn a_failed_turn_leaves_no_totals() {
    let failing = |step: &Step, request: &Request| Reply {
        error: (request.id == "turn-7").then(|| Failure::new("timeout-idle", "no token for 60 s")),
        ..reply(step, request)
    };
    let report = run(json!({}), true, failing, |_| {});
    assert_eq!(report.status, WorkloadStatus::Partial);
    assert_eq!(
        report.reason.as_deref(),
        Some("9 of 10 requests were answered; the first failure: no token for 60 s")
    );
    assert_eq!(report.summary["total_output_tokens"].value, None);
    assert_eq!(report.summary["failed_requests"].value, Some(1.0));
}

#[test]
fn the_whole_report() {
    insta::assert_json_snapshot!(run(json!({}), true, reply, |_| {}));
}
