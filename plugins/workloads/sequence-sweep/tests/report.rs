//! The plan and the report of prompts of growing lengths.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Request, Step, WorkloadContext, WorkloadReport, WorkloadStatus},
    serde_json::{Value, json},
};
use tachograph_workload_text::testing::{self, Reply};
use workload_sequence_sweep::SequenceSweep;

/// Prefill at 1,000 tok/s, a token each 20 ms; each trial 10 ms later than the
/// one before.
fn reply(step: &Step, request: &Request) -> Reply {
    Reply {
        ttft_ns: (request.reference_prompt_tokens + 10 * u64::from(step.trial)) * 1_000_000,
        gap_ns: 20_000_000,
        output: request.max_tokens,
        prompt: request.reference_prompt_tokens,
        cached: Some(0),
        error: None,
    }
}

fn run(params: Value, context: WorkloadContext) -> WorkloadReport {
    let mut session = SequenceSweep::open(params, context, 7).unwrap();
    let samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| None, reply);
    session.report(samples).unwrap()
}

fn near(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-6 * want.abs(), "{got:?} {want}");
}

/// S1.23 to S1.33, S1.55 to S1.58, by hand. 512 tokens take 512, 522, 532, 542
/// and 552 ms: 532 on average, 15.81 by n - 1; 512 ÷ 0.532 s are 962.4 tok/s.
/// 64 tokens take 63 · 20 ms after the first.
#[test]
fn prefill_and_decode_by_hand() {
    let params = json!({ "lengths": [512, 128], "output_tokens": 64 });
    let report = run(params, testing::context("sequence-sweep", 5));
    assert_eq!(report.status, WorkloadStatus::Measured);
    let [prefill, decode] = &report.parts[..] else { panic!("two tables") };
    assert_eq!(prefill.rows.iter().map(|row| row.at).collect::<Vec<_>>(), [128, 512]);
    let at = |name: &str| &prefill.rows[1].metrics[name];
    near(at("latency_mean_ms").value, 532.0);
    near(at("latency_std_ms").value, 250f64.sqrt());
    near(at("prompt_tps").value, 512.0 / 0.532);
    assert_eq!(at("latency_mean_ms").n, 5);
    let at = |name: &str| &decode.rows[1].metrics[name];
    near(at("decode_tps").value, 50.0);
    near(at("mean_per_token_ms").value, 20.0);
    near(at("latency_mean_ms").value, 532.0 + 63.0 * 20.0);
    near(at("output_tps").value, 64.0 / 1.792);
    for name in ["peak_memory_bytes", "active_memory_bytes", "temperature_c"] {
        assert_eq!(at(name).value, None);
        assert!(at(name).reason.as_deref().unwrap().contains("only the host"), "{name}");
    }
    near(report.summary["context_tokens"].value, 512.0);
    near(report.summary["prompt_tps"].value, 512.0 / 0.532);
    assert_eq!(report.verdict, "prefill 962 tok/s at 512 tokens, decode 50.0 tok/s at 512");
}

/// S1.4, S1.25: four prompts together are four times the tokens in the time.
#[test]
fn a_batch_is_sent_together() {
    let params = json!({ "lengths": [128], "output_tokens": 64, "batch": 4 });
    let report = run(params, testing::context("sequence-sweep", 1));
    near(report.parts[0].rows[0].metrics["prompt_tps"].value, 4.0 * 128.0 / 0.128);
    near(report.parts[1].rows[0].metrics["decode_tps"].value, 50.0);
    near(report.parts[1].rows[0].metrics["aggregate_tps"].value, 256.0 / (0.128 + 1.26));
    let spread = &report.parts[0].rows[0].metrics["latency_std_ms"];
    assert_eq!(spread.reason.as_deref(), Some("n = 1; a standard deviation needs 2"));
}

/// S2.25, S2.32: 10 tokens after 32 to 512 of context, no prefill requests.
#[test]
fn without_prefill_it_is_the_scaling_of_contexts() {
    let params = json!({ "lengths": [32, 128, 256, 512], "output_tokens": 10, "prefill": false });
    let report = run(params, testing::context("context-scaling", 1));
    assert_eq!(report.parts.len(), 1);
    let rows = &report.parts[0].rows;
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [32, 128, 256, 512]);
    near(rows[0].metrics["output_tps"].value, 10.0 / (0.032 + 0.18));
    near(rows[3].metrics["ttft_ms"].value, 512.0);
    near(rows[3].metrics["tpot_ms"].value, 20.0);
    assert_eq!(report.verdict, "at 512 tokens first token after 512 ms, 14.5 tok/s in all");
}

#[test]
fn a_length_that_does_not_fit_is_skipped() {
    let params = json!({ "lengths": [128, 512], "output_tokens": 64 });
    let mut context = testing::context("sequence-sweep", 1);
    context.max_context = Some(400);
    let report = run(params, context);
    assert_eq!(report.status, WorkloadStatus::Partial);
    let what: Vec<_> = report.skipped.iter().map(|part| part.what.as_str()).collect();
    assert_eq!(what, ["prefill of length 512", "decode of length 512"]);
}

#[test]
fn unknown_parameters_are_refused() {
    let params = json!({ "lengths": [128], "output_tokens": 64, "iterations": 5 });
    let why = SequenceSweep::open(params, testing::context("w", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
}
