//! The plan and the report of where the time goes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Request, Sample, ServerTiming, Step, WorkloadReport, WorkloadStatus},
    serde_json::json,
};
use tachograph_workload_text::testing::{self, Reply};
use workload_breakdown::Breakdown;

/// 200 ms to the first token, then 40 ms a token.
fn reply(_: &Step, request: &Request) -> Reply {
    Reply {
        ttft_ns: 200_000_000,
        gap_ns: 40_000_000,
        output: request.max_tokens,
        prompt: 128,
        cached: Some(0),
        error: None,
    }
}

fn run(timing: impl Fn(&Sample) -> Option<ServerTiming>) -> WorkloadReport {
    let params = json!({ "prompt_tokens": 128, "output_tokens": 20, "requests": 5 });
    let context = testing::context("breakdown", 1);
    let mut session = Breakdown::open(params, context, 7).unwrap();
    let mut samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| None, reply);
    samples.iter_mut().for_each(|s| s.server = timing(s));
    session.report(samples).unwrap()
}

/// 150 ms of prefill, 19 forwards of 38 ms.
fn llama(_: &Sample) -> Option<ServerTiming> {
    Some(ServerTiming {
        prompt_ns: Some(150_000_000),
        prompt_tokens: Some(128),
        decode_ns: Some(19 * 38_000_000),
        decode_gaps: Some(19),
        ..ServerTiming::default()
    })
}

fn near(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-6 * want.abs(), "{got:?} {want}");
}

/// S2.41, S2.42, S2.46, S2.47, by hand. A request takes 200 + 19 · 40 = 960 ms:
/// 722 in 19 forwards, 150 in prefill, 88 in everything else.
#[test]
fn shares_are_of_the_calls_and_not_of_the_medians() {
    let report = run(llama);
    let rows = &report.parts[0].rows;
    let names: Vec<_> = rows.iter().map(|row| row.label.as_deref().unwrap()).collect();
    assert_eq!(names, ["prefill", "decode forward", "everything else"]);
    near(rows[0].metrics["median_ms"].value, 150.0);
    near(rows[1].metrics["median_ms"].value, 38.0);
    near(rows[1].metrics["calls"].value, 95.0);
    near(rows[1].metrics["share"].value, 722.0 / 960.0);
    near(rows[2].metrics["total_ms"].value, 5.0 * 88.0);
    let all: f64 = rows.iter().map(|row| row.metrics["share"].value.unwrap()).sum();
    near(Some(all), 1.0);
    near(report.summary["decode_forward_tps"].value, 1000.0 / 38.0);
    assert_eq!(report.verdict, "decode forward takes 75 % of the time; a decode forward 38.0 ms");
}

/// S2.43 to S2.45: what is not exposed is null, with the reason.
#[test]
fn what_no_backend_times_is_null() {
    let report = run(llama);
    for name in ["sampling_ms", "tokenization_ms", "detokenization_ms"] {
        let metric = &report.summary[name];
        assert!(metric.value.is_none() && metric.reason.is_some(), "{name}");
    }
}

/// S2.48: nothing exposed, no table; the requests were measured all the same.
#[test]
fn a_breakdown_that_was_not_measured_is_absent() {
    for timing in [None, Some(ServerTiming { queue_ns: Some(5), ..ServerTiming::default() })] {
        let report = run(|_| timing.clone());
        assert_eq!(report.parts, []);
        assert_eq!(report.summary["decode_forward_ms"].value, None);
        near(report.summary["tpot_ms"].value, 40.0);
        assert_eq!(report.status, WorkloadStatus::Measured);
        assert_eq!(report.verdict, "no breakdown: the backend does not report its own durations");
    }
}

/// A server that claims more time than passed leaves no row for the rest.
#[test]
fn the_rest_is_never_negative() {
    let report = run(|s| {
        let timing = llama(s)?;
        Some(ServerTiming { prompt_ns: Some(900_000_000), ..timing })
    });
    let rows = &report.parts[0].rows;
    assert!(rows.iter().all(|row| row.label.as_deref() != Some("everything else")));
    let all: f64 = rows.iter().map(|row| row.metrics["share"].value.unwrap()).sum();
    near(Some(all), 1.0);
}
