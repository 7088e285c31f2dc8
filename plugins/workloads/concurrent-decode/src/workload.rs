//! The steps: for each number of streams, fewest first, warm-up and then the
//! trials. A step has one request a lane, and all lanes start together.

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
pub struct ConcurrentDecode {
    params: Params,
    context: WorkloadContext,
    seed: u64,
    plan: Plan,
}

impl Workload for ConcurrentDecode {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-concurrent-decode"),
            version: "1.0.0".to_owned(),
            title: "streams started together".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let mut params: Params = serde_json::from_value(params).map_err(bad_params)?;
        params.streams.sort_unstable();
        let output = capped_output(&context, params.output_tokens);
        let warmup = params.warmup.unwrap_or(context.warmup);
        let mut plan = Plan::default();
        if let Some(reason) = too_long(&context, params.prompt_tokens, output) {
            plan.add_skipped(&context.workload, reason);
        } else {
            for &n in &params.streams {
                let part = format!("{n} stream{}", if n == 1 { "" } else { "s" });
                let repeats = (warmup, context.trials);
                plan.add_part(&format!("streams-{n}"), &part, n, n as usize, repeats);
            }
        }
        Ok(Self { params, context, seed, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        let Some(planned) = self.plan.next(outcome.as_ref()) else { return Ok(None) };
        let streams = planned.at;
        let request = |i: u32| {
            ColdRequest {
                context: &self.context,
                seed: self.seed,
                step: &planned.id,
                id: format!("r{}", i + 1),
                prompt_tokens: self.params.prompt_tokens,
                output_tokens: capped_output(&self.context, self.params.output_tokens),
                kind: Kind::Prose,
                ask: CONTINUE,
                condition: [("streams".to_owned(), i64::from(streams))].into(),
            }
            .write()
        };
        let requests = (0..streams).map(request).collect();
        Ok(Some(planned.step(streams, requests)))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.context, &self.plan.coverage(), &samples))
    }
}
