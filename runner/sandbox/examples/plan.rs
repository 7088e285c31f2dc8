//! Walks through the plan of a workload and tells what its sandbox costs.
//!
//! `cargo run --release -p tachograph-sandbox --example plan -- FILE.wasm '{"prompt_tokens":128,…}'`
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people")]

use std::time::Instant;

use serde_json::{Value, json};
use tachograph_model::{Outcome, RequestOutcome, SampleStatus, Step, WorkloadContext};
use tachograph_sandbox::Host;

/// Every request answered in full.
fn outcome(step: &Step) -> Outcome {
    let answered = |request: &tachograph_model::Request| RequestOutcome {
        id: request.id.clone(),
        status: SampleStatus::Ok,
        error: None,
        prompt_tokens: Some(request.reference_prompt_tokens),
        output_tokens: Some(u64::from(request.max_tokens)),
        text: "word ".repeat(request.max_tokens as usize),
    };
    Outcome {
        step: step.id.clone(),
        skipped: None,
        requests: step.requests.iter().map(answered).collect(),
    }
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let bytes = std::fs::read(args.next().unwrap()).unwrap();
    let params: Value = serde_json::from_str(&args.next().unwrap()).unwrap();
    let context: WorkloadContext = serde_json::from_value(json!({
        "workload": "plan", "nonce": "plan", "profile": "standard", "trials": 5, "warmup": 1,
        "max_tokens": null, "max_context": null, "tools": true
    }))
    .unwrap();
    let host = Host::new(None).unwrap();
    let plugin = host.load(&bytes).unwrap();
    let mut session = host.open_workload(&plugin, &params, &context, 42).await.unwrap();
    println!("open: {} of fuel", session.fuel_used());
    let mut last = None;
    loop {
        let start = Instant::now();
        let step = session.next(last.as_ref()).await.unwrap();
        let (fuel, took) = (session.fuel_used(), start.elapsed());
        let Some(step) = step else { break };
        let size = serde_json::to_string(&step).unwrap().len();
        let (id, requests, streams) = (&step.id, step.requests.len(), step.concurrency);
        println!(
            "{id}: {requests} requests on {streams} lanes, {size} bytes, {fuel} of fuel, {took:?}"
        );
        last = Some(outcome(&step));
    }
    let report = session.report(&[]).await;
    println!("report without samples: {} of fuel, {report:?}", session.fuel_used());
}
