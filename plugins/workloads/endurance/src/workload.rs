//! The steps: warm-up runs, then the runs; a run is a trial.

use std::collections::BTreeMap;

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Batch, Batches, Prompt, bad_params, plugin_name};

use crate::{params, params::Params, report};

/// A session of the workload.
#[derive(Debug)]
pub struct Endurance {
    params: Params,
    plan: Batches,
}

impl Workload for Endurance {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-endurance"),
            version: "1.0.0".to_owned(),
            title: "long runs, over and over".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let runs = params.runs.unwrap_or(context.trials);
        let warmup = params.warmup.unwrap_or(context.warmup);
        let part = context.workload.clone();
        let mut plan = Batches::new(context, seed);
        plan.add(Batch {
            prefix: String::new(),
            part,
            lanes: 1,
            requests: params.requests,
            prompt: Prompt::Prose(params.prompt_tokens),
            output_tokens: params.output_tokens,
            condition: BTreeMap::new(),
            repeats: (warmup, runs),
        });
        Ok(Self { params, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        Ok(self.plan.next(outcome.as_ref()))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.params, &self.plan, &samples))
    }
}
