//! What else the machine was doing.

use tachograph_model::{RunResult, Telemetry};

use super::{Certainty, Outcome, suspicion};
use crate::number::{bytes, short};

const LESS: &str = "take a smaller model or quantization, or stop other programs";
const UNWATCHED: &str = "the machine was not watched in this run (--telemetry 0)";
/// A load a core above which others were at work before the run began.
const BUSY: f64 = 0.5;

/// Only this machine is known; a server elsewhere runs on another.
fn elsewhere(result: &RunResult) -> Option<Outcome> {
    let reason = "the backend runs on another machine, which is not known here";
    (!result.backend.local).then(|| Outcome::Unknown(reason.to_owned()))
}

/// Whether other programs were at work.
pub(super) fn busy(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    let Some(load) = result.fingerprint.load_1m else {
        return Outcome::Unknown("the system does not tell its load".to_owned());
    };
    let cores = result.fingerprint.cpu.logical_cores.max(1);
    let seen = format!("the load before the run was {} on {cores} cores", short(load));
    if load <= BUSY * f64::from(cores) {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Possible,
        "other programs were at work before the run began",
        vec![seen],
        "stop them and run again; a backend that was just started counts, too",
    )
}

/// Whether memory was short.
pub(super) fn swapping(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    let faults = telemetry(result).and_then(|t| t.processes.as_ref()).map(|p| p.major_faults);
    let swapped = telemetry(result).and_then(|t| t.memory.as_ref()?.swap_in_bytes);
    if let Some(swapped) = swapped {
        let mut seen = format!("{} were read back from swap during the run", bytes(swapped));
        if let Some(faults) = faults {
            seen.push_str(&format!("; the backend waited for a disk {faults} times"));
        }
        return match swapped {
            0 => Outcome::Clear(seen),
            _ => suspicion(Certainty::Shown, "the machine was swapping", vec![seen], LESS),
        };
    }
    let memory = &result.fingerprint.memory;
    let (used, free) = (memory.swap_used_bytes, memory.available_bytes);
    let seen = format!("{} of swap in use, {} of memory available", bytes(used), bytes(free));
    let weights = result.model.size_bytes.unwrap_or(0);
    // Swap that was filled long ago does no harm while there is room.
    if used == 0 || free > weights {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Possible,
        "memory is short, and parts of it are in swap",
        vec![seen, format!("the model has {}", bytes(weights))],
        LESS,
    )
}

/// Whether an accelerator stood idle while the processor worked.
pub(super) fn idle_gpu(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    if result.fingerprint.accelerators.is_empty() {
        return Outcome::Clear("there is no accelerator that could stand idle".to_owned());
    }
    let Some(telemetry) = telemetry(result) else {
        return Outcome::Unknown(UNWATCHED.to_owned());
    };
    let busy = |gpu: &tachograph_model::GpuTelemetry| gpu.busy_permille.as_ref().map(|t| t.mean);
    let Some(gpu) = telemetry.gpus.iter().filter_map(busy).max() else {
        return Outcome::Unknown("how busy the accelerator was could not be read".to_owned());
    };
    let Some(cpu) = telemetry.cpu.as_ref().map(|cpu| cpu.busy_permille.mean) else {
        return Outcome::Unknown("how busy the processor was could not be read".to_owned());
    };
    let seen = format!(
        "the accelerator was busy {} % of the time, the processor {} %",
        gpu / 10,
        cpu / 10
    );
    if gpu > 100 || cpu < 500 {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Likely,
        "the backend computes on the processor, not on the accelerator",
        vec![seen],
        "use a build with GPU support and offload all layers (llama-server -ngl 99)",
    )
}

/// Whether the backend used the cores that there are.
pub(super) fn threads(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    if !result.fingerprint.accelerators.is_empty() {
        return Outcome::Clear("an accelerator does the work".to_owned());
    }
    let Some(watched) = telemetry(result) else {
        return Outcome::Unknown(UNWATCHED.to_owned());
    };
    let Some(tree) = &watched.processes else {
        return Outcome::Unknown(
            "the backend's processes were not followed: this run did not start it".to_owned(),
        );
    };
    // The run includes pauses, so only a peak of the machine tells of threads.
    let Some(peak) = watched.cpu.as_ref().map(|cpu| cpu.busy_permille.max) else {
        return Outcome::Unknown("how busy the processor was could not be read".to_owned());
    };
    let cores = result.fingerprint.cpu.logical_cores.max(1);
    let mean = tree.cpu_ns as f64 / watched.duration_ns.max(1) as f64;
    let seen = format!(
        "the backend used {} of {cores} cores on average; at most {} % of all were busy",
        short(mean),
        peak / 10
    );
    // One core of four or more at work, and never more than that.
    let one_core = i64::from(1000 / cores) + 150;
    if cores < 3 || peak > one_core {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Likely,
        "the backend works with too few threads",
        vec![seen],
        "give it as many threads as there are physical cores (llama-server -t)",
    )
}

/// Whether heat or a power limit held clocks down.
pub(super) fn throttled(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    let flags = result.flags.iter().filter(|flag| flag.code == "throttled");
    let evidence: Vec<String> = flags.map(|flag| flag.message.clone()).collect();
    if !evidence.is_empty() {
        return suspicion(
            Certainty::Shown,
            "heat or a power limit held the clocks down",
            evidence,
            "improve the cooling or raise the power limit, and run again",
        );
    }
    match telemetry(result) {
        None => Outcome::Unknown(UNWATCHED.to_owned()),
        Some(seen) if seen.thermal.is_empty() && seen.gpus.is_empty() => {
            Outcome::Unknown("no temperature could be read".to_owned())
        }
        Some(_) => Outcome::Clear("no sensor and no counter tells of throttling".to_owned()),
    }
}

fn telemetry(result: &RunResult) -> Option<&Telemetry> {
    result.telemetry.as_ref()
}

/// Whether a hypervisor took processor time.
pub(super) fn stolen(result: &RunResult) -> Outcome {
    if let Some(unknown) = elsewhere(result) {
        return unknown;
    }
    let flags = result.flags.iter().filter(|flag| flag.code == "starved");
    let evidence: Vec<String> = flags.map(|flag| flag.message.clone()).collect();
    if evidence.is_empty() {
        return Outcome::Clear("no step lost much processor time to other machines".to_owned());
    }
    suspicion(
        Certainty::Shown,
        "the hypervisor gave processor time of this machine to others",
        evidence,
        "measure on a machine with processors of its own, or at another time",
    )
}
