//! The plan and the report of one chat stream.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Failure, Outcome, Request, Step, WorkloadContext, WorkloadReport, WorkloadStatus},
    serde_json::json,
};
use tachograph_workload_text::testing::{self, Reply};
use workload_chat::Chat;

/// 31 ms to the first token, then 10, 11, 12, … ms a token by trial.
fn reply(step: &Step, request: &Request) -> Reply {
    Reply {
        ttft_ns: 31_000_000,
        gap_ns: (10 + u64::from(step.trial)) * 1_000_000,
        output: request.max_tokens,
        prompt: 130,
        cached: Some(0),
        error: None,
    }
}

fn run(context: WorkloadContext, reply: impl Fn(&Step, &Request) -> Reply) -> WorkloadReport {
    let params = json!({ "prompt_tokens": 128, "output_tokens": 256 });
    let mut session = Chat::open(params, context, 7).unwrap();
    let (mut samples, mut outcome) = (Vec::new(), None);
    while let Some(step) = session.next(outcome.take()).unwrap() {
        samples.extend(testing::samples(&step, 1_000_000_000, &reply));
        outcome = Some(Outcome { step: step.id, skipped: None, requests: vec![] });
    }
    session.report(samples).unwrap()
}

/// S4.48: 128 in, 256 out, one stream; warm-up is a phase of its own.
#[test]
fn the_request_is_what_the_suite_says() {
    let params = json!({ "prompt_tokens": 128, "output_tokens": 256, "warmup": 1 });
    let mut session = Chat::open(params, testing::context("chat-short", 1), 7).unwrap();
    let warmup = session.next(None).unwrap().unwrap();
    assert_eq!(warmup.id, "warmup-1");
    let step = session.next(None).unwrap().unwrap();
    assert_eq!((step.id.as_str(), step.concurrency, step.requests.len()), ("trial-1", 1, 1));
    let request = &step.requests[0];
    assert_eq!((request.reference_prompt_tokens, request.max_tokens), (128, 256));
    assert!(request.exact_length);
    assert_ne!(warmup.requests[0].messages, request.messages, "each trial has its own words");
    assert_eq!(session.next(None).unwrap(), None);
}

/// S4.49, S4.65 to S4.69: by hand. Five trials at 10 to 14 ms a token are
/// 5·255 tokens in 255·60 ms, 83.33 tok/s; 130 tokens in 31 ms are 4,193.5.
#[test]
fn figures_by_hand() {
    let report = run(testing::context("chat-short", 5), reply);
    let value = |name: &str| report.summary[name].value.unwrap();
    assert_eq!(report.status, WorkloadStatus::Measured);
    assert_eq!(value("ttft_ms"), 31.0);
    assert!((value("decode_tps") - 5.0 / 0.06).abs() < 1e-9);
    assert!((value("prefill_tps") - 130.0 / 0.031).abs() < 1e-6);
    assert_eq!(value("tpot_ms"), 12.0);
    assert_eq!(value("decode_p50_latency_ms"), 12.0);
    assert_eq!(value("decode_p95_latency_ms"), 14.0);
    assert_eq!(value("prompt_tokens"), 130.0);
    assert_eq!(value("output_tokens"), 256.0);
    assert!((value("wall_ms") - (31.0 + 255.0 * 12.0)).abs() < 1e-9);
    assert_eq!(report.summary["prefix_cache_hit_rate"].value, None);
    assert_eq!(report.verdict, "decodes 83.3 tok/s, first token after 31.0 ms");
    assert_eq!(report.flags, []);
}

/// n = 49 tokens are too few for a p95: there is none, and the n is said.
#[test]
fn a_short_output_has_no_p95() {
    let mut context = testing::context("chat-short", 1);
    context.max_tokens = Some(50);
    let report = run(context, reply);
    let p95 = &report.summary["decode_p95_latency_ms"];
    assert_eq!((p95.value, p95.n), (None, 49));
    assert_eq!(p95.reason.as_deref(), Some("n = 49; p95 needs 59"));
    assert_eq!(report.summary["output_tokens"].value, Some(50.0), "the user's cap");
}

#[test]
fn failures_are_counted_and_explained() {
    let refused = Failure::new("connection-refused", "nothing listens on port 8080");
    let failing = |step: &Step, request: &Request| Reply {
        error: Some(refused.clone()),
        ..reply(step, request)
    };
    let report = run(testing::context("chat-short", 2), failing);
    assert_eq!(report.status, WorkloadStatus::Failed);
    assert_eq!(report.verdict, "failed: nothing listens on port 8080");
    assert_eq!(report.summary["failed_requests"].value, Some(2.0));
    assert_eq!(report.summary["decode_tps"].value, None);
}

#[test]
fn a_length_that_was_not_kept_is_flagged() {
    let short = |step: &Step, request: &Request| Reply { output: 200, ..reply(step, request) };
    let report = run(testing::context("chat-short", 1), short);
    assert_eq!(report.flags[0].code, "length-mismatch");
    assert_eq!(report.flags[0].message, "256 tokens asked, 200 came");
}

#[test]
fn a_prompt_that_does_not_fit_is_skipped() {
    let mut context = testing::context("chat-long", 1);
    context.max_context = Some(256);
    let report = run(context, reply);
    assert_eq!(report.status, WorkloadStatus::Skipped);
    assert_eq!(report.skipped[0].what, "chat-long");
}

#[test]
fn unknown_parameters_are_refused() {
    let params = json!({ "prompt_tokens": 128, "output_tokens": 256, "outptu": 1 });
    let why = Chat::open(params, testing::context("chat-short", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
    assert_eq!(Chat::describe().params_schema["additionalProperties"], json!(false));
}

#[test]
fn the_whole_report() {
    insta::assert_json_snapshot!(run(testing::context("chat-short", 5), reply));
}
