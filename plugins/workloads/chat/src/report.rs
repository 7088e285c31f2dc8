//! The report: headline figures, and one row a trial.

use tachograph_sdk::{
    metrics::{
        Random,
        report::{Assembly, Coverage, collect_flags, figure, headline, measured, trial_rows},
    },
    model::{Sample, WorkloadContext, WorkloadReport},
};

pub(crate) fn report(
    context: &WorkloadContext,
    coverage: &Coverage,
    samples: &[Sample],
) -> WorkloadReport {
    let samples = measured(samples);
    let random = Random::from_text(&format!("{}/{}", context.nonce, context.workload));
    let summary = headline(&samples, true, &random);
    let verdict = format!(
        "decodes {} tok/s, first token after {} ms",
        figure(summary.get("decode_tps")),
        figure(summary.get("ttft_ms")),
    );
    Assembly {
        parts: trial_rows(&samples).into_iter().collect(),
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict,
    }
    .report(&context.workload, coverage, &samples)
}
