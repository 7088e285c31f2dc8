//! What the user asked for.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tachograph_model::ProfileName;
use tachograph_net::Secret;
use tachograph_trust::Grant;

use crate::{Seat, challenge::Challenge, cost::CostLimit, launch::EngineCommand};

/// How much of a suite to run, and with which changes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The profile of the suite.
    pub profile: ProfileName,
    /// Ids or aliases of workloads; empty for all.
    pub workloads: Vec<String>,
    /// Measured repetitions instead of the profile's.
    pub iterations: Option<u32>,
    /// A cap on output tokens of every request.
    pub max_tokens: Option<u32>,
    /// Seconds that each workload may plan to take, instead of the profile's.
    pub budget_s: Option<u32>,
    /// A seed instead of the suite's; the result then says so.
    pub seed: Option<u64>,
    /// The longest silence of the server, before the first byte of an answer and
    /// within it, instead of the client's limits. It guards the run and changes
    /// nothing of what is measured, so the result does not keep it.
    pub patience: Option<Duration>,
    /// Readings of the machine's counters a second; none when not set.
    pub telemetry_hz: Option<u32>,
    /// Whether to measure the memory's bandwidth before the workloads, where the
    /// weights are read from it: a few seconds, in which nothing else runs.
    pub bandwidth: bool,
    /// Degrees Celsius that the hottest sensor must have come down to before
    /// each workload; ten minutes are waited at most.
    pub cooldown_until_c: Option<u32>,
    /// The challenge that the run answers.
    pub challenge: Option<Challenge>,
    /// Whether to send the probes of the evidence: a few short requests before
    /// the workloads, which count in no figure.
    pub canary: bool,
    /// What a hosted backend may cost.
    pub cost: Option<CostLimit>,
    /// The seat of a run that takes turns with another; none for a run alone.
    pub seat: Option<Seat>,
    /// What to measure.
    pub target: TargetOptions,
}

/// Which backend and model to measure.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// The id of a driver, the name of a preset, or `built-in`.
    pub backend: Option<String>,
    /// Where to look for the backend, instead of the drivers' default addresses.
    pub urls: Vec<String>,
    /// The model, as the backend names it; or a file or folder for a backend to load.
    pub model: Option<String>,
    /// Whether to start the backend.
    pub launch: bool,
    /// The program that a launch starts, or the folder it is in.
    pub program: Option<PathBuf>,
    /// The secret that the host adds to requests.
    pub secret: Option<Secret>,
    /// The driver's configuration.
    pub config: Map<String, Value>,
    /// A driver that no suite pins.
    pub plugin: Option<LocalPlugin>,
    /// How to start the built-in engine.
    pub engine: EngineCommand,
}

/// A driver plugin that the user named by its file.
#[derive(Debug, Clone)]
pub struct LocalPlugin {
    /// The component.
    pub bytes: Arc<[u8]>,
    /// What the user allowed it.
    pub grant: Option<Grant>,
    /// Why a channel withdrew it, when the user runs it all the same.
    pub withdrawn: Option<String>,
}
