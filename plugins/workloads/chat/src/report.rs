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
    let first = figure(summary.get("ttft_ms"));
    let decode = summary.get("decode_tps");
    let verdict = match decode.and_then(|metric| metric.value) {
        Some(_) => format!("decodes {} tok/s, first token after {first} ms", figure(decode)),
        // One token has no gap to decode in.
        None => format!("first token after {first} ms"),
    };
    Assembly {
        parts: trial_rows(&samples).into_iter().collect(),
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict,
    }
    .report(&context.workload, coverage, &samples)
}
