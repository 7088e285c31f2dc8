//! The plan and the report of named prompts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Request, Step, WorkloadReport, WorkloadStatus},
    serde_json::{Value, json},
};
use tachograph_workload_text::testing::{self, Reply};
use workload_prompt_latency::PromptLatency;

fn params() -> Value {
    json!({
        "prompts": [
            { "name": "Hello", "text": "Hello" },
            { "name": "How are", "text": "How are" },
            { "name": "Tell me", "text": "Tell me" },
        ],
        "output_tokens": 10, "e2e_tokens": 15
    })
}

/// The figures that one engine published: 828 ms to the first token, then
/// 574 ms a token, and 8,857 ms for 15 tokens.
fn reply(_: &Step, request: &Request) -> Reply {
    let whole = request.max_tokens == 15;
    Reply {
        ttft_ns: if whole { 821_000_000 } else { 828_000_000 },
        gap_ns: 574_000_000,
        output: request.max_tokens,
        prompt: request.reference_prompt_tokens,
        cached: None,
        error: None,
    }
}

fn run(trials: u32) -> WorkloadReport {
    let context = testing::context("prompt-latency", trials);
    let mut session = PromptLatency::open(params(), context, 7).unwrap();
    let samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| None, reply);
    session.report(samples).unwrap()
}

fn near(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-6 * want.abs(), "{got:?} {want}");
}

/// S2.26 to S2.29, S2.31: 828 + 14 · 574 is 8,864, against 8,857.
#[test]
fn the_whole_is_held_against_its_parts() {
    let report = run(1);
    assert_eq!((report.status, report.flags.len()), (WorkloadStatus::Measured, 0));
    let value = |name: &str| report.summary[name].value;
    near(value("ttft_ms"), 828.0);
    near(value("tpot_ms"), 574.0);
    near(value("decode_tps"), 1000.0 / 574.0);
    near(value("end_to_end_tokens"), 15.0);
    near(value("end_to_end_ms"), 8857.0);
    near(value("end_to_end_from_parts_ms"), 8864.0);
    near(value("end_to_end_over_parts"), 8857.0 / 8864.0);
    let rows = &report.parts[0].rows;
    let names: Vec<_> = rows.iter().map(|row| (row.at, row.label.as_deref().unwrap())).collect();
    assert_eq!(names, [(1, "Hello"), (2, "How are"), (3, "Tell me")]);
    near(rows[2].metrics["output_tokens"].value, 10.0);
    near(rows[0].metrics["output_tps"].value, 10.0 / (0.828 + 9.0 * 0.574));
    assert_eq!(
        report.verdict,
        "first token after 828 ms, then 574 ms a token; 15 tokens in 8,857 ms"
    );
}

/// The words stand at the end, after the line that makes the prompt new.
#[test]
fn named_prompts_are_cold() {
    let context = testing::context("prompt-latency", 2);
    let mut session = PromptLatency::open(params(), context, 7).unwrap();
    let mut prompts = Vec::new();
    while let Some(step) = session.next(None).unwrap() {
        prompts.push(step.requests[0].messages[0].content.clone());
    }
    assert_eq!(prompts.len(), 8);
    assert!(prompts[0].ends_with("\n\nHello") && prompts[0] != prompts[1], "{prompts:?}");
    let mut first: Vec<_> = prompts.iter().map(|prompt| prompt.split(':').next()).collect();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 8);
}

#[test]
fn no_prompt_is_no_workload() {
    let params = json!({ "prompts": [], "output_tokens": 10, "e2e_tokens": 15 });
    let why = PromptLatency::open(params, testing::context("w", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
}

/// Nothing answered: reasons, no figures, no panic.
#[test]
fn nothing_answered_gives_reasons() {
    let context = testing::context("prompt-latency", 1);
    let mut session = PromptLatency::open(params(), context, 7).unwrap();
    let why = || Some("the time budget is spent".to_owned());
    let samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| why(), reply);
    let report = session.report(samples).unwrap();
    assert_eq!(report.status, WorkloadStatus::Skipped);
    let null = &report.summary["end_to_end_over_parts"];
    assert_eq!((null.value, null.reason.as_deref()), (None, Some("no request was answered")));
}
