//! What the machine did while the workloads ran.

use std::time::Duration;

use tachograph_model::{Fingerprint, Flag, Telemetry};
use tachograph_probe::{Sampler, SamplerOptions};

use crate::{SessionError, world::World};

/// Starts to read the machine's counters; a replay reads none.
pub(crate) fn start(world: &World, hz: Option<u32>) -> Option<Sampler> {
    let live = world.live()?;
    let interval = Duration::from_secs(1) / hz?.max(1);
    let options = SamplerOptions { interval, pids: live.pids().to_vec(), gpu: true };
    match Sampler::start(options) {
        Ok(sampler) => Some(sampler),
        Err(error) => {
            tracing::warn!(%error, "no telemetry");
            None
        }
    }
}

/// Ends the reading, and keeps what was read on the tape.
pub(crate) async fn stop(
    world: &World,
    hz: Option<u32>,
    sampler: Option<Sampler>,
) -> Result<Option<Telemetry>, SessionError> {
    // Tapes of runs without telemetry hold no such fact.
    if hz.is_none() {
        return Ok(None);
    }
    let stopped = async {
        let task = tokio::task::spawn_blocking(move || sampler.and_then(Sampler::stop));
        task.await.ok().flatten()
    };
    world.fact("telemetry", stopped).await
}

/// The doubts that it and the state of the machine raise.
pub(crate) fn flags(telemetry: Option<&Telemetry>, machine: &Fingerprint) -> Vec<Flag> {
    let mut flags = Vec::new();
    let evidence = telemetry.map(tachograph_probe::throttling).unwrap_or_default();
    if !evidence.is_empty() {
        flags.push(Flag::new("throttled", evidence.join("; ")));
    }
    if machine.power.as_ref().is_some_and(|power| power.supply == "battery") {
        flags.push(Flag::new("on-battery", "the machine ran on its battery"));
    }
    flags
}
