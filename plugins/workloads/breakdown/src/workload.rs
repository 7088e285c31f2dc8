//! The steps: warm-up, then the trials, their requests one after another.

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
pub struct Breakdown {
    plan: Batches,
}

impl Workload for Breakdown {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-breakdown"),
            version: "1.0.0".to_owned(),
            title: "where the time of a request goes".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let repeats = (params.warmup.unwrap_or(context.warmup), context.trials);
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
            repeats,
        });
        Ok(Self { plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        Ok(self.plan.next(outcome.as_ref()))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.plan, &samples))
    }
}
