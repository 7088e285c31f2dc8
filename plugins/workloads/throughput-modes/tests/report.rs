//! The plan and the report of the modes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Request, Sample, Step, WorkloadReport, WorkloadStatus},
    serde_json::{Value, json},
};
use tachograph_workload_text::testing::{self, Reply};
use workload_throughput_modes::ThroughputModes;

/// 100 ms to the first token, then 10 ms a token alone and 20 ms together.
fn reply(step: &Step, request: &Request) -> Reply {
    Reply {
        ttft_ns: 100_000_000,
        gap_ns: if step.concurrency > 1 { 20_000_000 } else { 10_000_000 },
        output: request.max_tokens,
        prompt: request.reference_prompt_tokens,
        cached: Some(0),
        error: None,
    }
}

fn run(facts: Value, change: impl Fn(&mut Sample)) -> WorkloadReport {
    let params =
        json!({ "prompt_tokens": 128, "output_tokens": 91, "requests": 5, "facts": facts });
    let context = testing::context("throughput-modes", 1);
    let mut session = ThroughputModes::open(params, context, 7).unwrap();
    let mut samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| None, reply);
    samples.iter_mut().for_each(change);
    session.report(samples).unwrap()
}

fn near(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-6 * want.abs(), "{got:?} {want}");
}

/// S2.19 to S2.24, by hand: alone 91 tokens take 100 + 90 · 10 ms, so 91 tok/s;
/// five in a row five times that; together 5 · 91 in 100 + 90 · 20 ms.
#[test]
fn modes_by_hand() {
    let bound =
        json!({ "bytes_per_token": 1_000_000_000, "bandwidth_bytes_per_s": 182_000_000_000u64 });
    let report = run(bound, |_| {});
    assert_eq!((report.status, report.flags.len()), (WorkloadStatus::Measured, 0));
    let value = |name: &str| report.summary[name].value;
    near(value("single_tps"), 91.0);
    near(value("sequential_tps"), 91.0);
    near(value("concurrent_tps"), 455.0 / 1.9);
    near(value("concurrent_speedup"), 455.0 / 1.9 / 91.0);
    near(value("requests"), 11.0);
    let rows = &report.parts[0].rows;
    let names: Vec<_> = rows.iter().map(|row| (row.at, row.label.as_deref().unwrap())).collect();
    assert_eq!(names, [(1, "single"), (5, "sequential"), (5, "concurrent")]);
    near(rows[0].metrics["utilization"].value, 0.5);
    near(rows[2].metrics["utilization"].value, 455.0 / 1.9 / 182.0);
    near(rows[2].metrics["tpot_ms"].value, 20.0);
    assert_eq!(
        report.verdict,
        "91.0 tok/s alone, 91.0 in sequence, 239 together: 2.63 times as fast"
    );
}

/// S2.22: what is not known has no utilization, and the parameter is named.
#[test]
fn without_facts_there_is_no_utilization() {
    let report = run(json!({}), |_| {});
    let utilization = &report.parts[0].rows[0].metrics["utilization"];
    assert_eq!(utilization.value, None);
    assert_eq!(
        utilization.reason.as_deref(),
        Some("the parameter facts.bandwidth_bytes_per_s was not given")
    );
}

#[test]
fn requests_that_were_not_together_are_flagged() {
    let report = run(json!({}), |s| {
        if s.step.starts_with("concurrent") && s.lane == 4 {
            testing::delay(s, 9_000_000_000);
        }
    });
    assert_eq!(report.flags[0].code, "streams-not-held");
    assert_eq!(report.flags[0].message, "streams under way at once: 4 of 5");
}

#[test]
fn unknown_facts_are_refused() {
    let params = json!({
        "prompt_tokens": 128, "output_tokens": 8, "requests": 2, "facts": { "weights": 1 }
    });
    let why = ThroughputModes::open(params, testing::context("w", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
}
