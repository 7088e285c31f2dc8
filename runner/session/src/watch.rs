//! Watching the machine while the workloads run.

use std::time::Duration;

use tachograph_model::{Fingerprint, Flag, Step, Telemetry};
use tachograph_probe::{Sampler, SamplerOptions, Seen, Stretch};

use crate::{SessionError, world::World};

/// Threads that wait for a core this share of the time, in thousandths, are
/// other work that a measurement shares the machine with.
const BUSY_PRESSURE: u32 = 200;

/// Reads the machine's counters; in a replay, nothing.
#[derive(Debug)]
pub(crate) struct Watch {
    hz: Option<u32>,
    sampler: Option<Sampler>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub telemetry: Option<Telemetry>,
    /// One a step, labelled `workload/step`.
    pub stretches: Vec<Stretch>,
}

impl Watch {
    /// Starts to read the machine's counters this many times a second.
    pub(crate) fn start(world: &World, hz: Option<u32>) -> Self {
        Self { hz, sampler: sampler(world, hz) }
    }

    /// A step begins.
    pub(crate) fn begin(&self, workload: &str, step: &Step) {
        if let Some(sampler) = &self.sampler {
            sampler.begin(label(workload, &step.id));
        }
    }

    /// The step has ended.
    pub(crate) fn end(&self) {
        if let Some(sampler) = &self.sampler {
            sampler.end();
        }
    }

    /// Ends the reading, and keeps what was read on the tape. Results of the
    /// first revision know no stretches.
    pub(crate) async fn stop(self, world: &World, revision: u32) -> Result<Watched, SessionError> {
        // Tapes of runs without telemetry hold no such fact.
        if self.hz.is_none() {
            return Ok(Watched::default());
        }
        let sampler = self.sampler;
        let task = tokio::task::spawn_blocking(move || sampler.and_then(Sampler::stop));
        let (telemetry, stretches) = match task.await.ok().flatten() {
            Some(Seen { telemetry, stretches }) => (Some(telemetry), stretches),
            None => (None, Vec::new()),
        };
        let telemetry = world.fact("telemetry", std::future::ready(telemetry)).await?;
        let stretches = match revision {
            0 => Vec::new(),
            _ => world.fact("stretches", std::future::ready(stretches)).await?,
        };
        Ok(Watched { telemetry, stretches })
    }
}

fn sampler(world: &World, hz: Option<u32>) -> Option<Sampler> {
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

/// What a step is called among the stretches.
pub(crate) fn label(workload: &str, step: &str) -> String {
    format!("{workload}/{step}")
}

/// The doubts that telemetry and the state of the machine raise.
pub(crate) fn flags(
    telemetry: Option<&Telemetry>,
    machine: &Fingerprint,
    revision: u32,
) -> Vec<Flag> {
    let mut flags = Vec::new();
    let evidence = telemetry.map(tachograph_probe::throttling).unwrap_or_default();
    if !evidence.is_empty() {
        flags.push(Flag::new("throttled", evidence.join("; ")));
    }
    if machine.power.as_ref().is_some_and(|power| power.supply == "battery") {
        flags.push(Flag::new("on-battery", "the machine ran on its battery"));
    }
    if let Some(message) = busy(machine).filter(|_| revision >= 1) {
        flags.push(Flag::new("noisy", message));
    }
    flags
}

/// What else the machine was doing before the run, when it was much.
pub(crate) fn busy(machine: &Fingerprint) -> Option<String> {
    let load = machine.load.as_ref()?;
    let (cores, runnable) = (machine.cpu.logical_cores, load.runnable);
    let pressed = load.cpu_pressure_permille.is_some_and(|share| share >= BUSY_PRESSURE);
    if !pressed && runnable < cores.max(1) {
        return None;
    }
    let waited = load.cpu_pressure_permille.filter(|_| pressed);
    let waited =
        waited.map(|share| format!("; threads waited for a core {}% of the time", share / 10));
    Some(format!(
        "before the run {runnable} other threads wanted the {cores} cores{}",
        waited.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use tachograph_model::Load;

    use super::*;

    fn machine(runnable: u32, pressure: Option<u32>) -> Fingerprint {
        let mut machine = tachograph_probe::fingerprint();
        machine.cpu.logical_cores = 4;
        machine.load = Some(Load { runnable, threads: 300, cpu_pressure_permille: pressure });
        machine
    }

    /// S0.118: other work is told before the run and stays with the result.
    #[test]
    fn other_work_is_told() {
        assert_eq!(busy(&machine(1, Some(20))), None);
        assert_eq!(
            busy(&machine(5, None)).as_deref(),
            Some("before the run 5 other threads wanted the 4 cores")
        );
        let pressed = busy(&machine(0, Some(410))).unwrap();
        assert!(pressed.ends_with("threads waited for a core 41% of the time"), "{pressed}");
        let codes = |revision| flags(None, &machine(9, None), revision).len();
        assert_eq!((codes(0), codes(1)), (0, 1), "old results knew no such flag");
    }
}
