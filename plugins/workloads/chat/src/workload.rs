//! The steps: warm-up, then the trials, one request each.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{
    CONTINUE, ColdRequest, Kind, Plan, bad_params, capped_output, plugin_name, too_long,
};

use crate::{params, params::Params, report};

/// A session of the workload.
#[derive(Debug)]
pub struct Chat {
    params: Params,
    context: WorkloadContext,
    seed: u64,
    plan: Plan,
}

impl Workload for Chat {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-chat"),
            version: "1.0.0".to_owned(),
            title: "one chat stream".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let output = capped_output(&context, params.output_tokens);
        let mut plan = Plan::default();
        match too_long(&context, params.prompt_tokens, output) {
            Some(reason) => plan.add_skipped(&context.workload, reason),
            None => {
                let warmup = params.warmup.unwrap_or(context.warmup);
                plan.add_part("", &context.workload, 0, 1, (warmup, context.trials));
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
            prompt_tokens: self.params.prompt_tokens,
            output_tokens: capped_output(&self.context, self.params.output_tokens),
            kind: Kind::Prose,
            ask: CONTINUE,
            condition: [(
                "context".to_owned(),
                i64::try_from(self.params.prompt_tokens).unwrap_or(i64::MAX),
            )]
            .into(),
        };
        let requests = vec![request.write()];
        Ok(Some(planned.step(1, requests)))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.context, &self.plan.coverage(), &samples))
    }
}
