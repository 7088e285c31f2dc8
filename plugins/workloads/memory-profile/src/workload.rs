//! The steps: for each number of sequences, fewest first, warm-up and trials.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Batch, Batches, Prompt, bad_params, plugin_name};

use crate::{params, params::Params, report};

/// The condition that holds the number of sequences.
pub(crate) const SEQUENCES: &str = "sequences";

/// A session of the workload.
#[derive(Debug)]
pub struct MemoryProfile {
    params: Params,
    plan: Batches,
}

impl Workload for MemoryProfile {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-memory-profile"),
            version: "1.0.0".to_owned(),
            title: "the KV cache by sequences and by context".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let mut params: Params = serde_json::from_value(params).map_err(bad_params)?;
        params.sequences.sort_unstable();
        params.contexts.sort_unstable();
        let repeats = (params.warmup.unwrap_or(context.warmup), context.trials);
        let mut plan = Batches::new(context, seed);
        for &n in &params.sequences {
            plan.add(Batch {
                prefix: format!("sequences-{n}"),
                part: format!("{n} sequence{}", if n == 1 { "" } else { "s" }),
                lanes: n,
                requests: n,
                prompt: Prompt::Prose(params.prompt_tokens),
                output_tokens: params.output_tokens,
                condition: [(SEQUENCES.to_owned(), n.into())].into(),
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
