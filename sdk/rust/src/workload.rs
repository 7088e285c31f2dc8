//! The trait of workloads.

use serde_json::Value;
use tachograph_model::{
    Failure, Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport,
};

/// A plugin that says what to measure and what the samples mean.
///
/// A workload is pure: it has no HTTP and no clock. The same parameters,
/// context, seed and outcomes give the same steps, and the same samples give
/// the same report, on every machine.
pub trait Workload: Sized {
    /// Describes the workload; deterministic.
    fn describe() -> ParamsDescription;

    /// Opens a session from the parameters of the suite, the context of the
    /// run and the seed of the suite; fails with `bad-params`.
    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure>;

    /// The next step, or `None` at the end; `outcome` tells what came of the
    /// last one, and is `None` at the first call.
    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure>;

    /// Turns the samples of all steps into the report.
    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure>;
}
