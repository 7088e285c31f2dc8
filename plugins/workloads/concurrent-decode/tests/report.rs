//! The plan and the report of concurrent streams.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Outcome, Request, Sample, Step, WorkloadReport, WorkloadStatus},
    serde_json::json,
};
use tachograph_workload_text::testing::{self, Reply};
use workload_concurrent_decode::ConcurrentDecode;

/// One stream decodes 100 tok/s; the server gives 200 tok/s in all at most.
/// Streams of a step get their first token 10 ms after one another.
fn reply(step: &Step, request: &Request) -> Reply {
    let lane: u64 = request.id[1..].parse().unwrap();
    Reply {
        ttft_ns: lane * 10_000_000,
        gap_ns: 10_000_000.max(u64::from(step.concurrency) * 5_000_000),
        output: request.max_tokens,
        prompt: 1024,
        cached: Some(0),
        error: None,
    }
}

fn session(trials: u32) -> ConcurrentDecode {
    let params = json!({ "streams": [4, 1, 8], "prompt_tokens": 1024, "output_tokens": 101 });
    ConcurrentDecode::open(params, testing::context("concurrent-decode", trials), 7).unwrap()
}

fn run(trials: u32, change: impl Fn(&mut Sample)) -> WorkloadReport {
    let mut session = session(trials);
    let (mut samples, mut outcome) = (Vec::new(), None);
    while let Some(step) = session.next(outcome.take()).unwrap() {
        samples.extend(testing::samples(&step, 1_000_000_000, reply));
        outcome = Some(Outcome { step: step.id, skipped: None, requests: vec![] });
    }
    samples.iter_mut().for_each(change);
    session.report(samples).unwrap()
}

/// S4.54: one step a point, all streams of it together, no prompt twice.
#[test]
fn streams_start_together_with_prompts_of_their_own() {
    let mut session = session(1);
    let mut points = Vec::new();
    while let Some(step) = session.next(None).unwrap() {
        assert_eq!(step.concurrency as usize, step.requests.len());
        let mut prompts: Vec<_> =
            step.requests.iter().map(|r| r.messages[0].content.clone()).collect();
        prompts.sort();
        prompts.dedup();
        assert_eq!(prompts.len(), step.requests.len());
        points.push(step.concurrency);
    }
    assert_eq!(points, [1, 4, 8]);
}

/// S4.55: aggregate and per stream, by hand. One stream: 101 tokens in 10 ms +
/// 100·10 ms = 1.01 s, 100 tok/s. Four: 404 in 40 ms + 100·20 ms, 198.04.
/// Eight: 808 in 80 ms + 100·40 ms, 198.04 too, so four are as good.
#[test]
fn points_by_hand() {
    let report = run(1, |_| {});
    let rows = &report.parts[0].rows;
    let at = |i: usize, name: &str| rows[i].metrics[name].value.unwrap();
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-6 * want, "{got} {want}");
    near(at(0, "aggregate_tps"), 100.0);
    near(at(1, "aggregate_tps"), 404.0 / 2.04);
    near(at(2, "aggregate_tps"), 808.0 / 4.08);
    near(at(1, "stream_tps"), 50.0);
    near(at(2, "stream_tps"), 25.0);
    near(at(1, "efficiency"), 404.0 / 2.04 / 400.0);
    near(at(2, "ttft_spread_ms"), 70.0);
    near(at(2, "ttft_ms"), 45.0);
    assert_eq!(report.summary["best_streams"].value, Some(4.0));
    assert_eq!(report.summary["requests"].value, Some(13.0));
    near(report.summary["wall_ms"].value.unwrap(), 1010.0 + 2040.0 + 4080.0);
    assert_eq!(report.verdict, "198 tok/s together at 4 streams, 50.0 tok/s each");
    assert_eq!((report.status, report.flags.len()), (WorkloadStatus::Measured, 0));
}

#[test]
fn streams_that_were_not_held_are_flagged() {
    let report = run(1, |s| {
        if s.step.starts_with("streams-4") && s.lane == 3 {
            testing::delay(s, 9_000_000_000);
        }
    });
    assert_eq!(report.flags[0].code, "streams-not-held");
    assert_eq!(report.flags[0].message, "streams under way at once: 3 of 4");
}

#[test]
fn unknown_parameters_are_refused() {
    let params = json!({ "streams": [1], "prompt_tokens": 1024 });
    let why = ConcurrentDecode::open(params, testing::context("w", 1), 7).unwrap_err();
    assert_eq!(why.code, "bad-params");
}

#[test]
fn the_whole_report() {
    insta::assert_json_snapshot!(run(5, |_| {}));
}
