//! The steps: the three modes in turn, each warmed up and repeated.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Batch, Batches, Prompt, bad_params, plugin_name};

use crate::{params, params::Params, report};

/// The condition that holds the mode, as an index of [`MODES`].
pub(crate) const MODE: &str = "mode";

/// The modes in the order they run.
pub(crate) const MODES: [&str; 3] = ["single", "sequential", "concurrent"];

/// A session of the workload.
#[derive(Debug)]
pub struct ThroughputModes {
    params: Params,
    plan: Batches,
}

impl Workload for ThroughputModes {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-throughput-modes"),
            version: "1.0.0".to_owned(),
            title: "one request, several in sequence, several together".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let repeats = (params.warmup.unwrap_or(context.warmup), context.trials);
        let mut plan = Batches::new(context, seed);
        let many = params.requests;
        let shapes = [(1, 1), (many, 1), (many, many)];
        for ((mode, word), (requests, lanes)) in (0..).zip(MODES).zip(shapes) {
            plan.add(Batch {
                prefix: word.to_owned(),
                part: word.to_owned(),
                lanes,
                requests,
                prompt: Prompt::Prose(params.prompt_tokens),
                output_tokens: params.output_tokens,
                condition: [(MODE.to_owned(), mode)].into(),
                repeats,
            });
        }
        Ok(Self { params, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        Ok(self.plan.next(outcome.as_ref()))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.params, &self.plan, &samples))
    }
}
