//! What the samples mean: the headline figures and one row a trial. The
//! formulas are the same that the host uses.

use tachograph_sdk::{
    metrics::{
        Random,
        report::{Assembly, Coverage, collect_flags, figure, headline, measured, trial_rows},
    },
    model::{Sample, WorkloadContext, WorkloadReport},
};

pub(crate) fn report(context: &WorkloadContext, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = Random::from_text(&format!("{}/{}", context.nonce, context.workload));
    let summary = headline(&samples, true, &random);
    let first = figure(summary.get("ttft_ms"));
    let decode = figure(summary.get("decode_tps"));
    let coverage = Coverage { planned: context.trials as usize, skipped: Vec::new() };
    Assembly {
        parts: trial_rows(&samples).into_iter().collect(),
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict: format!("decodes {decode} tok/s, first token after {first} ms"),
    }
    .report(&context.workload, &coverage, &samples)
}
