//! The report: one row a prompt, and the whole answer against its parts.

use tachograph_sdk::{
    metrics::{
        Measured, Random, Unmeasured, e2e,
        report::{
            Assembly, answered, by_condition, collect_flags, figure, headline, measured, ms, row,
            value_of,
        },
        trials,
    },
    model::{Metric, MetricSource, Row, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches,
    figures::{Figures, output_tps, table, totals},
};

use crate::{
    params::Params,
    workload::{PROMPT, WHOLE},
};

const COLUMNS: &[&str] =
    &["ttft_ms", "tpot_ms", "decode_tps", "output_tps", "e2e_ms", "output_tokens", "prompt_tokens"];

pub(crate) fn report(params: &Params, plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let prompts = by_condition(&samples, PROMPT);
    let rows = prompts.iter().map(|(at, samples)| prompt_row(params, *at, samples, &random));
    let parts = vec![table("latency by prompt", "prompt", COLUMNS, rows.collect())];
    let short: Vec<&Sample> = prompts.values().flatten().copied().collect();
    let mut summary = headline(&short, true, &random);
    summary.insert("output_tps".to_owned(), output_tps(&short, &random));
    let whole = by_condition(&samples, WHOLE).remove(&1).unwrap_or_default();
    let first = prompts.get(&1).cloned().unwrap_or_default();
    summary.extend(whole_answer(&whole, &first, &random));
    summary.extend(totals(&samples, &random));
    let verdict = format!(
        "first token after {} ms, then {} ms a token; {} tokens in {} ms",
        figure(summary.get("ttft_ms")),
        figure(summary.get("tpot_ms")),
        summary["end_to_end_tokens"].value.map_or_else(|| "—".to_owned(), |n| n.to_string()),
        figure(summary.get("end_to_end_ms")),
    );
    Assembly { parts, flags: collect_flags(&samples, |_| true), summary, verdict }.report(
        &plan.context().workload,
        &plan.coverage(),
        &samples,
    )
}

fn prompt_row(params: &Params, at: i64, samples: &[&Sample], random: &Random) -> Row {
    let mut figures = headline(samples, true, random);
    figures.insert("output_tps".to_owned(), output_tps(samples, random));
    let prompt = usize::try_from(at - 1).ok().and_then(|i| params.prompts.get(i));
    row(at, prompt.map(|prompt| prompt.name.clone()), COLUMNS, &figures)
}

/// The time of the whole answer of N tokens, and what TTFT + (N − 1) · TPOT of
/// the short answers to the same prompt lets expect. They are of different
/// requests, so their ratio says whether the parts account for the whole.
fn whole_answer(whole: &[&Sample], short: &[&Sample], random: &Random) -> Figures {
    let done = answered(whole);
    let times = done.iter().map(|s| ms(s, e2e(s)));
    let time = trials::of_values("ms", MetricSource::Client, times, random);
    let counts = done
        .iter()
        .map(|s| (s.trial, s.tokens.output.map(|n| n as f64).ok_or(Unmeasured::OutputUncounted)));
    let tokens = trials::of_values("tokens", MetricSource::Server, counts, random);
    let parts = headline(short, true, random);
    let need = |metric: &Metric| -> Measured<f64> {
        let why = || Unmeasured::Other(metric.reason.clone().unwrap_or_default());
        metric.value.ok_or_else(why)
    };
    let expected = || -> Measured<f64> {
        let (ttft, tpot) = (need(&parts["ttft_ms"])?, need(&parts["tpot_ms"])?);
        Ok(ttft + (need(&tokens)? - 1.0) * tpot)
    };
    let ratio = expected().and_then(|expected| Ok(need(&time)? / expected));
    let n = short.len();
    [
        ("end_to_end_over_parts", value_of("ratio", n, MetricSource::Client, ratio)),
        ("end_to_end_from_parts_ms", value_of("ms", n, MetricSource::Client, expected())),
        ("end_to_end_ms", time),
        ("end_to_end_tokens", tokens),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into()
}
