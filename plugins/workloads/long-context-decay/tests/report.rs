//! The plan and the report of growing contexts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Outcome, Request, Step, WorkloadContext, WorkloadReport, WorkloadStatus},
    serde_json::json,
};
use tachograph_workload_text::testing::{self, Reply};
use workload_long_context_decay::LongContextDecay;

/// Rates that halve with each doubling from 1,024 tokens on: prefill from
/// 10,000 tok/s, and decode from 100 tok/s to the power of a half.
fn reply(_: &Step, request: &Request) -> Reply {
    let context = request.reference_prompt_tokens;
    let doublings = (context as f64 / 1024.0).log2();
    Reply {
        ttft_ns: (context as f64 / (10_000.0 * 0.5f64.powf(doublings)) * 1e9) as u64,
        gap_ns: (1e7 * 2f64.powf(doublings / 2.0)) as u64,
        output: request.max_tokens,
        prompt: context,
        cached: Some(0),
        error: None,
    }
}

fn run(context: WorkloadContext, skip: &str) -> WorkloadReport {
    let params = json!({ "contexts": [4096, 1024, 2048], "output_tokens": 65 });
    let mut session = LongContextDecay::open(params, context, 7).unwrap();
    let (mut samples, mut outcome) = (Vec::new(), None);
    while let Some(step) = session.next(outcome.take()).unwrap() {
        let skipped = step.id.starts_with(skip).then(|| "the time budget is spent".to_owned());
        if skipped.is_none() {
            samples.extend(testing::samples(&step, 1_000_000_000, reply));
        }
        outcome = Some(Outcome { step: step.id, skipped, requests: vec![] });
    }
    session.report(samples).unwrap()
}

/// S4.51, S4.53: one row a context, and the decay of the curves.
#[test]
fn curves_and_decay_by_hand() {
    let report = run(testing::context("long-context-decay", 1), "none");
    let rows = &report.parts[0].rows;
    assert_eq!(rows.iter().map(|r| r.at).collect::<Vec<_>>(), [1024, 2048, 4096]);
    let at = |i: usize, name: &str| rows[i].metrics[name].value;
    let near = |got: Option<f64>, want: f64| {
        assert!((got.unwrap() - want).abs() < 1e-3 * want, "{got:?} {want}");
    };
    near(at(0, "prefill_tps"), 10_000.0);
    near(at(2, "prefill_tps"), 2500.0);
    near(at(2, "decode_tps"), 50.0);
    assert_eq!(at(0, "decode_kept"), None);
    near(at(1, "decode_kept"), 0.5f64.sqrt());
    near(report.summary["prefill_kept_per_doubling"].value, 0.5);
    near(report.summary["decode_kept_per_doubling"].value, 0.5f64.sqrt());
    assert_eq!(report.summary["context_tokens"].value, Some(4096.0));
    assert_eq!(report.verdict, "decode 100 tok/s at 1k, 50.0 at 4k; prefill 10,000 and 2,500");
    assert_eq!(report.status, WorkloadStatus::Measured);
}

/// S4.52: a context over the model's maximum is skipped, with both numbers.
#[test]
fn contexts_over_the_maximum_are_skipped_with_the_reason() {
    let mut context = testing::context("long-context-decay", 1);
    context.max_context = Some(2400);
    let report = run(context, "none");
    assert_eq!(report.status, WorkloadStatus::Partial);
    assert_eq!(report.parts[0].rows.len(), 2);
    assert_eq!(report.skipped[0].what, "context 4096");
    assert_eq!(
        report.skipped[0].reason,
        "needs 4225 tokens of context (4096 + 65 + template); the model takes 2400"
    );
}

#[test]
fn what_the_budget_left_out_is_said() {
    let report = run(testing::context("long-context-decay", 2), "context-4096/trial-2");
    assert_eq!(report.status, WorkloadStatus::Partial);
    assert_eq!(report.skipped[0].what, "context 4096 (1 of 2 trials)");
    assert_eq!(
        report.reason.as_deref(),
        Some("context 4096 (1 of 2 trials): the time budget is spent")
    );
    let all = run(testing::context("long-context-decay", 2), "context");
    assert_eq!(all.status, WorkloadStatus::Skipped);
    assert_eq!(all.skipped.len(), 3);
}

#[test]
fn unknown_parameters_are_refused() {
    let params = json!({ "context": [1024], "output_tokens": 65 });
    let why = LongContextDecay::open(params, testing::context("w", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
}

#[test]
fn the_whole_report() {
    insta::assert_json_snapshot!(run(testing::context("long-context-decay", 2), "context-4096"));
}
