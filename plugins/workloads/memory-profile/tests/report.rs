//! The plan and the report of the KV cache.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tachograph_sdk::{
    Workload,
    model::{Failure, Request, Row, Step, WorkloadReport, WorkloadStatus},
    serde_json::{Value, json},
};
use tachograph_workload_text::testing::{self, Reply};
use workload_memory_profile::MemoryProfile;

/// Prompts of 5 tokens and answers of 4: 8 tokens are kept.
fn reply(_: &Step, request: &Request) -> Reply {
    Reply {
        ttft_ns: 30_000_000,
        gap_ns: 10_000_000,
        output: request.max_tokens,
        prompt: 5,
        cached: Some(0),
        error: None,
    }
}

fn run(facts: Value, reply: impl Fn(&Step, &Request) -> Reply) -> WorkloadReport {
    let params = json!({
        "sequences": [1, 2, 5], "prompt_tokens": 32, "output_tokens": 4, "block_tokens": 16,
        "contexts": [4096, 512, 1024, 2048], "facts": facts
    });
    let context = testing::context("memory-profile", 1);
    let mut session = MemoryProfile::open(params, context, 7).unwrap();
    let samples = testing::drive(|outcome| session.next(outcome).unwrap(), |_| None, reply);
    session.report(samples).unwrap()
}

fn column(rows: &[Row], name: &str) -> Vec<Option<f64>> {
    rows.iter().map(|row| row.metrics[name].value).collect()
}

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * KIB;

/// S2.34 to S2.36: 22 layers · 4 KV heads · 64 · K and V · 2 bytes are 22,528 a
/// token. 1, 2 and 5 sequences of 8 tokens take a block of 16 each: 352 KiB,
/// 704 KiB and 1.7 MiB. 512 to 4,096 tokens take 11, 22, 44 and 88 MiB.
#[test]
fn the_published_table() {
    let kv = 22 * 4 * 64 * 2 * 2;
    let weights = (2.05 * 1024.0 * MIB) as u64;
    let report = run(json!({ "kv_bytes_per_token": kv, "weight_bytes": weights }), reply);
    assert_eq!((report.status, report.flags.len()), (WorkloadStatus::Measured, 0));
    let [sequences, contexts] = &report.parts[..] else { panic!("two tables") };
    assert_eq!(column(&sequences.rows, "tokens_used"), [8.0, 16.0, 40.0].map(Some));
    assert_eq!(column(&sequences.rows, "tokens_allocated"), [16.0, 32.0, 80.0].map(Some));
    assert_eq!(
        column(&sequences.rows, "kv_allocated_bytes"),
        [352.0 * KIB, 704.0 * KIB, 1760.0 * KIB].map(Some)
    );
    assert_eq!(column(&sequences.rows, "kv_used_bytes")[0], Some(176.0 * KIB), "T12");
    assert_eq!(column(&sequences.rows, "sequences_held"), [1.0, 2.0, 5.0].map(Some));
    assert_eq!(contexts.rows.iter().map(|row| row.at).collect::<Vec<_>>(), [512, 1024, 2048, 4096]);
    assert_eq!(column(&contexts.rows, "kv_bytes"), [11.0, 22.0, 44.0, 88.0].map(|m| Some(m * MIB)));
    assert_eq!(column(&contexts.rows, "total_bytes")[3], Some(weights as f64 + 88.0 * MIB));
    assert_eq!(column(&contexts.rows, "measured_bytes"), [None; 4]);
    assert_eq!(report.verdict, "5 sequences keep 40 tokens in 80 of cache, 1.7 MiB");
}

#[test]
fn without_the_shape_tokens_are_known_and_bytes_are_not() {
    let report = run(json!({}), reply);
    let rows = &report.parts[0].rows;
    assert_eq!(column(rows, "tokens_allocated")[2], Some(80.0));
    assert_eq!(column(rows, "kv_allocated_bytes"), [None; 3]);
    let null = &report.parts[1].rows[0].metrics["total_bytes"];
    assert_eq!(null.reason.as_deref(), Some("the parameter facts.weight_bytes was not given"));
    assert_eq!(report.verdict, "5 sequences keep 40 tokens in 80 of cache, bytes unknown");
}

#[test]
fn a_sequence_that_failed_leaves_its_row_without_tokens() {
    let failing = |step: &Step, request: &Request| Reply {
        error: (step.concurrency == 5 && request.id == "r3")
            .then(|| Failure::new("out-of-memory", "no block is free")),
        ..reply(step, request)
    };
    let report = run(json!({}), failing);
    assert_eq!(report.status, WorkloadStatus::Partial);
    let row = &report.parts[0].rows[2].metrics["tokens_used"];
    assert_eq!((row.value, row.reason.as_deref()), (None, Some("not every sequence was answered")));
    assert_eq!(report.verdict, "2 sequences keep 16 tokens in 32 of cache, bytes unknown");
}
