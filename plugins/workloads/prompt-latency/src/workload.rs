//! The steps: each prompt in turn, then the whole answer to the first.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Batch, Batches, Prompt, bad_params, plugin_name};

use crate::{params, params::Params, report};

/// The condition that holds the place of a prompt in the list, from 1.
pub(crate) const PROMPT: &str = "prompt";

/// The condition of the whole answer: the place of its prompt.
pub(crate) const WHOLE: &str = "end_to_end";

/// A session of the workload.
#[derive(Debug)]
pub struct PromptLatency {
    params: Params,
    plan: Batches,
}

impl Workload for PromptLatency {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-prompt-latency"),
            version: "1.0.0".to_owned(),
            title: "latency of named prompts".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let params: Params = serde_json::from_value(params).map_err(bad_params)?;
        let Some(first) = params.prompts.first() else {
            return Err(bad_params("`prompts` is empty"));
        };
        let repeats = (params.warmup.unwrap_or(context.warmup), context.trials);
        let mut plan = Batches::new(context, seed);
        let batch = |prefix, part, text: &str, output_tokens, condition: (&str, i64)| Batch {
            prefix,
            part,
            lanes: 1,
            requests: 1,
            prompt: Prompt::Words(text.to_owned()),
            output_tokens,
            condition: [(condition.0.to_owned(), condition.1)].into(),
            repeats,
        };
        for (at, prompt) in (1..).zip(&params.prompts) {
            let (id, part) = (format!("prompt-{at}"), format!("prompt {}", prompt.name));
            plan.add(batch(id, part, &prompt.text, params.output_tokens, (PROMPT, at)));
        }
        let (id, part) = ("end-to-end".to_owned(), "the whole answer".to_owned());
        plan.add(batch(id, part, &first.text, params.e2e_tokens, (WHOLE, 1)));
        Ok(Self { params, plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        Ok(self.plan.next(outcome.as_ref()))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.params, &self.plan, &samples))
    }
}
