//! The steps: for each context, shortest first, warm-up and then the trials.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{
    ColdRequest, Kind, Plan, bad_params, capped_output, plugin_name, too_long,
};

use crate::{params, params::Params, report};

const ASK: &str = "Write a long summary of the material above, part by part, in plain words.";

/// A session of the workload.
#[derive(Debug)]
pub struct LongContextDecay {
    params: Params,
    context: WorkloadContext,
    seed: u64,
    plan: Plan,
}

impl Workload for LongContextDecay {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-long-context-decay"),
            version: "1.0.0".to_owned(),
            title: "rates over growing contexts".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let mut params: Params = serde_json::from_value(params).map_err(bad_params)?;
        params.contexts.sort_unstable();
        let output = capped_output(&context, params.output_tokens);
        let warmup = params.warmup.unwrap_or(context.warmup);
        let mut plan = Plan::default();
        for &length in &params.contexts {
            let part = format!("context {length}");
            match too_long(&context, u64::from(length), output) {
                Some(reason) => plan.add_skipped(part, reason),
                None => {
                    let prefix = format!("context-{length}");
                    plan.add_part(&prefix, &part, length, 1, (warmup, context.trials));
                }
            }
        }
        Ok(Self { params, context, seed, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        let Some(planned) = self.plan.next(outcome.as_ref()) else { return Ok(None) };
        let request = ColdRequest {
            context: &self.context,
            seed: self.seed,
            step: &planned.id,
            id: "r1".to_owned(),
            prompt_tokens: u64::from(planned.at),
            output_tokens: capped_output(&self.context, self.params.output_tokens),
            kind: Kind::Mixed,
            ask: ASK,
            condition: [("context".to_owned(), i64::from(planned.at))].into(),
        };
        let requests = vec![request.write()];
        Ok(Some(planned.step(1, requests)))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.context, &self.plan.coverage(), &samples))
    }
}
