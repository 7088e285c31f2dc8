//! The steps: one a trial, with the ten turns in order on one lane.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Plan, bad_params, plugin_name, too_long};

use crate::{
    params,
    params::Params,
    report,
    script::{TURNS, Turn},
    trace,
};

/// The reference tokens of the last prompt.
const LAST_PROMPT: u64 = 15_872;

/// A session of the workload.
#[derive(Debug)]
pub struct AgentTrace {
    params: Params,
    context: WorkloadContext,
    seed: u64,
    plan: Plan,
}

impl AgentTrace {
    /// Whether calls and results are plain text: asked for, or because the
    /// backend takes no tools.
    fn flat(&self) -> bool {
        self.params.flat || !self.context.tools
    }
}

impl Workload for AgentTrace {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-agent-trace"),
            version: "1.0.0".to_owned(),
            title: "a coding task in ten turns".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let longest = |turn: &Turn| trace::output_tokens(&params, &context, turn);
        let output = TURNS.last().map_or(0, longest);
        let mut plan = Plan::default();
        match too_long(&context, LAST_PROMPT, output) {
            Some(reason) => plan.add_skipped(&context.workload, reason),
            None => {
                let warmup = params.warmup.unwrap_or(context.warmup);
                plan.add_part("", &context.workload, 0, TURNS.len(), (warmup, context.trials));
            }
        }
        Ok(Self { params, context, seed, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        let Some(planned) = self.plan.next(outcome.as_ref()) else { return Ok(None) };
        let (params, context) = (&self.params, &self.context);
        let requests = trace::requests(params, context, self.flat(), self.seed, &planned.id)?;
        Ok(Some(planned.step(1, requests)))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        let (params, context) = (&self.params, &self.context);
        let plan = trace::requests(params, context, self.flat(), self.seed, "trial-1")?;
        let shape = report::Shape {
            // A profile that the suite asked for is no doubt.
            flat_by_need: self.flat() && !params.flat,
            flat: self.flat(),
            paced: params.paced,
            broken_prefix: trace::broken_prefix(&plan),
        };
        Ok(report::report(context, &shape, &self.plan.coverage(), &samples))
    }
}
