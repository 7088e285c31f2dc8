//! The lanes of a step: one sandboxed driver each, all started together.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::Value;
use tachograph_model::{Failure, Flag, Request, Sample, Step};
use tachograph_net::{Exchange, Stamp};
use tachograph_sandbox::{DriverContext, DriverInstance, Host, Plugin, TurnRecord, Wire};
use tokio::sync::watch;

use crate::{SessionError, gate::StepGate, live::Live, sample, world::World};

/// How often a request is sent again after the server said that it has had too
/// many, and the longest wait between two sendings.
const RATE_LIMIT_RETRIES: u32 = 4;
const RATE_LIMIT_WAIT: Duration = Duration::from_secs(60);
/// The wait when the server does not say how long; doubled each time.
const RATE_LIMIT_FIRST_WAIT: Duration = Duration::from_secs(2);

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
    /// What arrived, and when.
    pub exchanges: Vec<Arc<Exchange>>,
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
        let pace = Pace(world.live().map(Live::interruption));
        let (driver, wire, gate) = (driver.clone(), wire.clone(), gate.clone());
        running.push(tokio::spawn(run_lane(driver, wire, gate, requests, pace)));
    }
    let mut turns: Vec<Option<Answered>> = (0..step.requests.len()).map(|_| None).collect();
    for (lane, task) in running.into_iter().enumerate() {
        let records = task.await.unwrap_or_else(|error| {
            vec![Answered::failed(Failure::new("lane", format!("the lane stopped: {error}")))]
        });
        for (record, index) in records.into_iter().zip((lane..turns.len()).step_by(lanes)) {
            turns[index] = Some(record);
        }
    }
    let never = || Answered::failed(Failure::new("lane", "the lane ended before this request"));
    Ok(turns
        .into_iter()
        .zip(&step.requests)
        .enumerate()
        .map(|(index, (turn, request))| {
            let Answered { record: turn, retries } = turn.unwrap_or_else(never);
            let lane = u32::try_from(index % lanes).unwrap_or(u32::MAX);
            let place = sample::Place { step, request, lane, origin, rtt_floor_ns };
            let mut sample = sample::build(&place, &turn);
            if retries > 0 {
                let times = if retries == 1 { "time" } else { "times" };
                let why = format!("sent again {retries} {times} after the server's 429");
                sample.flags.push(Flag::new("rate-limited", why));
            }
            let text = String::from_utf8_lossy(&sample::text(&turn)).into_owned();
            Turn { sample, text, exchanges: turn.exchanges }
        })
        .collect())
}

/// The waits of a lane: real ones in a live run, which the user may cut short,
/// and none in a replay.
struct Pace(Option<watch::Receiver<bool>>);

impl Pace {
    async fn wait(&self, time: Duration) {
        if let Some(stop) = &self.0 {
            let mut stop = stop.clone();
            let stopped = async {
                if stop.wait_for(|stop| *stop).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let _ = tokio::time::timeout(time, stopped).await;
        }
    }
}

/// What came of a request, and how often it was sent again for it.
struct Answered {
    record: TurnRecord,
    retries: u32,
}

impl Answered {
    fn failed(failure: Failure) -> Self {
        let record = TurnRecord { failure: Some(failure), ..TurnRecord::default() };
        Self { record, retries: 0 }
    }
}

async fn run_lane(
    driver: Driver,
    wire: Arc<dyn Wire>,
    gate: Arc<StepGate>,
    requests: Vec<(String, Request)>,
    pace: Pace,
) -> Vec<Answered> {
    let calls = requests.iter().map(|(call, _)| call.clone()).collect();
    let _ends = EndsAll { gate: &gate, calls };
    let mut instance = None;
    let mut answers = Vec::with_capacity(requests.len());
    for (call, request) in requests {
        if request.delay_ms > 0 {
            pace.wait(Duration::from_millis(request.delay_ms)).await;
        }
        let mut retries = 0;
        let record = loop {
            // What is sent again is another call on the tape.
            let sent = match retries {
                0 => call.clone(),
                n => format!("{call}/retry-{n}"),
            };
            let record = generate(&driver, &wire, &mut instance, &sent, &request).await;
            let wait = record.failure.as_ref().and_then(|failure| retry_wait(failure, retries));
            let Some(wait) = wait.filter(|_| retries < RATE_LIMIT_RETRIES) else { break record };
            pace.wait(wait).await;
            retries += 1;
        };
        gate.ended(&call);
        answers.push(Answered { record, retries });
    }
    answers
}

async fn generate(
    driver: &Driver,
    wire: &Arc<dyn Wire>,
    instance: &mut Option<DriverInstance>,
    call: &str,
    request: &Request,
) -> TurnRecord {
    if instance.is_none() {
        match driver.host.driver(&driver.plugin, driver.context(wire.clone())).await {
            Ok(made) => *instance = Some(made),
            Err(error) => return Answered::failed(error.into()).record,
        }
    }
    let Some(running) = instance else { return TurnRecord::default() };
    let record = running.generate(call, request).await;
    // A store that trapped or ran out of time is never used again.
    if running.is_poisoned() {
        *instance = None;
    }
    record
}

/// How long to wait before a request is sent again; none when it should not be.
fn retry_wait(failure: &Failure, retries: u32) -> Option<Duration> {
    let limited = failure.code == "rate-limited" && failure.retryable;
    let stated = failure.retry_after_ms.map(Duration::from_millis);
    let wait = stated.unwrap_or(RATE_LIMIT_FIRST_WAIT * 2_u32.pow(retries.min(8)));
    (limited && wait <= RATE_LIMIT_WAIT).then_some(wait)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_limit_that_ends_soon_is_waited_for() {
        let limited = |after: Option<u64>| Failure {
            retryable: true,
            retry_after_ms: after,
            ..Failure::new("rate-limited", "slow down")
        };
        assert_eq!(retry_wait(&limited(Some(1500)), 0), Some(Duration::from_millis(1500)));
        assert_eq!(retry_wait(&limited(None), 2), Some(Duration::from_secs(8)));
        assert_eq!(retry_wait(&limited(Some(600_000)), 0), None);
        assert_eq!(retry_wait(&Failure::new("rate-limited", "quota"), 0), None);
        assert_eq!(retry_wait(&Failure::new("server-error", "500"), 0), None);
    }
}
