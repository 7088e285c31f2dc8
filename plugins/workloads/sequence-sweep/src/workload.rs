//! The steps: for each length, shortest first, the prefill requests and then
//! the decode requests, each warmed up and repeated.

use tachograph_sdk::{
    Failure, Workload,
    model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport},
    serde_json::{self, Value},
};
use tachograph_workload_text::{Batch, Batches, Prompt, bad_params, plugin_name};

use crate::{params, params::Params, report};

/// The condition that tells a prefill request (1) from a decode request (0).
pub(crate) const PREFILL: &str = "prefill";

/// The condition that holds the length of the prompt.
pub(crate) const LENGTH: &str = "length";

/// A session of the workload.
#[derive(Debug)]
pub struct SequenceSweep {
    plan: Batches,
}

impl Workload for SequenceSweep {
    fn describe() -> ParamsDescription {
        ParamsDescription {
            id: plugin_name("workload-sequence-sweep"),
            version: "1.0.0".to_owned(),
            title: "prompts of growing lengths".to_owned(),
            params_schema: params::schema(),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let mut params: Params = serde_json::from_value(params).map_err(bad_params)?;
        params.lengths.sort_unstable();
        let repeats = (params.warmup.unwrap_or(context.warmup), context.trials);
        let mut plan = Batches::new(context, seed);
        for &length in &params.lengths {
            let phases = [("prefill", 1, 1), ("decode", params.output_tokens, 0)];
            for (word, output_tokens, prefill) in phases {
                if prefill == 1 && !params.prefill {
                    continue;
                }
                plan.add(Batch {
                    prefix: format!("length-{length}/{word}"),
                    part: format!("{word} of length {length}"),
                    lanes: params.batch,
                    requests: params.batch,
                    prompt: Prompt::Prose(length.into()),
                    output_tokens,
                    condition: [(LENGTH.to_owned(), length.into()), (PREFILL.to_owned(), prefill)]
                        .into(),
                    repeats,
                });
            }
        }
        Ok(Self { plan })
    }

    fn next(&mut self, outcome: Option<Outcome>) -> Result<Option<Step>, Failure> {
        Ok(self.plan.next(outcome.as_ref()))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.plan, &samples))
    }
}
