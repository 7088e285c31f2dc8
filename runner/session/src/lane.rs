//! The lanes of a step: one sandboxed driver each, all started together.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::Value;
use tachograph_model::{Failure, Request, Sample, Step};
use tachograph_net::Stamp;
use tachograph_sandbox::{DriverContext, Host, Plugin, TurnRecord, Wire};

use crate::{SessionError, gate::StepGate, sample, world::World};

/// The endpoint slot of every driver.
pub(crate) const SLOT: &str = "api";

/// What the lanes of a run have in common.
#[derive(Clone)]
pub(crate) struct Driver {
    pub host: Arc<Host>,
    pub plugin: Plugin,
    pub config: Value,
    pub probe: Value,
    pub seed: u64,
}

impl Driver {
    /// What one instance is given.
    pub(crate) fn context(&self, wire: Arc<dyn Wire>) -> DriverContext {
        DriverContext {
            config: self.config.clone(),
            probe: self.probe.clone(),
            wire,
            slots: vec![SLOT.to_owned()],
            seed: self.seed,
        }
    }
}

/// One request that was run.
pub(crate) struct Turn {
    pub sample: Sample,
    pub text: String,
}

/// Runs a step to its end and returns its turns in the order of its requests.
pub(crate) async fn run_step(
    world: &World,
    driver: &Driver,
    workload: &str,
    step: &Step,
    origin: Stamp,
    rtt_floor_ns: Option<u64>,
) -> Result<Vec<Turn>, SessionError> {
    let lanes = usize::try_from(step.concurrency.max(1)).unwrap_or(1).min(step.requests.len());
    let call = |index: usize| format!("{workload}/{}/{}", step.id, step.requests[index].id);
    let first_calls: BTreeSet<String> = (0..lanes).map(call).collect();
    let gate = Arc::new(StepGate::new(first_calls, step.requests.len() <= lanes));
    let wire = world.wire(gate.clone());
    let mut running = Vec::new();
    for lane in 0..lanes {
        let requests: Vec<(String, Request)> = (lane..step.requests.len())
            .step_by(lanes)
            .map(|index| (call(index), step.requests[index].clone()))
            .collect();
        let paced = world.live().is_some();
        let (driver, wire, gate) = (driver.clone(), wire.clone(), gate.clone());
        running.push(tokio::spawn(run_lane(driver, wire, gate, requests, paced)));
    }
    let mut turns: Vec<Option<TurnRecord>> = (0..step.requests.len()).map(|_| None).collect();
    for (lane, task) in running.into_iter().enumerate() {
        let records = task.await.unwrap_or_else(|error| {
            vec![failed(Failure::new("lane", format!("the lane stopped: {error}")))]
        });
        for (record, index) in records.into_iter().zip((lane..turns.len()).step_by(lanes)) {
            turns[index] = Some(record);
        }
    }
    let never = || failed(Failure::new("lane", "the lane ended before this request"));
    Ok(turns
        .into_iter()
        .zip(&step.requests)
        .enumerate()
        .map(|(index, (turn, request))| {
            let turn = turn.unwrap_or_else(never);
            let lane = u32::try_from(index % lanes).unwrap_or(u32::MAX);
            let place = sample::Place { step, request, lane, origin, rtt_floor_ns };
            let sample = sample::build(&place, &turn);
            Turn { sample, text: String::from_utf8_lossy(&sample::text(&turn)).into_owned() }
        })
        .collect())
}

async fn run_lane(
    driver: Driver,
    wire: Arc<dyn Wire>,
    gate: Arc<StepGate>,
    requests: Vec<(String, Request)>,
    paced: bool,
) -> Vec<TurnRecord> {
    let calls = requests.iter().map(|(call, _)| call.clone()).collect();
    let _ends = EndsAll { gate: &gate, calls };
    let mut instance = None;
    let mut records = Vec::with_capacity(requests.len());
    for (call, request) in requests {
        if paced && request.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(request.delay_ms)).await;
        }
        if instance.is_none() {
            let made = driver.host.driver(&driver.plugin, driver.context(wire.clone())).await;
            match made {
                Ok(made) => instance = Some(made),
                Err(error) => {
                    gate.ended(&call);
                    records.push(failed(error.into()));
                    continue;
                }
            }
        }
        if let Some(driver) = &mut instance {
            records.push(driver.generate(&call, &request).await);
            gate.ended(&call);
            // A store that trapped or ran out of time is never used again.
            if driver.is_poisoned() {
                instance = None;
            }
        }
    }
    records
}

/// A lane that ends in any way, a panic included, holds nobody.
struct EndsAll<'a> {
    gate: &'a StepGate,
    calls: Vec<String>,
}

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        for call in &self.calls {
            self.gate.ended(call);
        }
    }
}

fn failed(failure: Failure) -> TurnRecord {
    TurnRecord { failure: Some(failure), ..TurnRecord::default() }
}
