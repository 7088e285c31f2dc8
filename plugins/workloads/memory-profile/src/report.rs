//! The report: the cache by sequences, and the projections by context.

use tachograph_sdk::{
    metrics::{
        Measured, Random, Unmeasured,
        report::{
            Assembly, answered, by_condition, collect_flags, headline, measured, row, value_of,
        },
        trials,
    },
    model::{Metric, MetricSource, Row, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches, Facts,
    figures::{Figures, by_trial, held, not_held, table, totals},
    host_side,
};

use crate::{blocks::allocated, params::Params, workload::SEQUENCES};

const SEQUENCE_COLUMNS: &[&str] = &[
    "tokens_used",
    "tokens_allocated",
    "kv_used_bytes",
    "kv_allocated_bytes",
    "kv_measured_bytes",
    "sequences_held",
];

const CONTEXT_COLUMNS: &[&str] = &["kv_bytes", "total_bytes", "measured_bytes"];

pub(crate) fn report(params: &Params, plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let groups = by_condition(&samples, SEQUENCES);
    let points: Vec<(i64, Figures)> = groups
        .iter()
        .map(|(n, samples)| (*n, sequence_figures(params, *n, samples, &random)))
        .collect();
    let mut flags = collect_flags(&samples, |_| true);
    flags.extend(not_held(
        groups.iter().map(|(n, samples)| (u32::try_from(*n).unwrap_or(0), held(samples))),
    ));
    let mut summary = headline(&samples, true, &random);
    summary.extend(totals(&samples, &random));
    summary.extend(shape(&params.facts));
    if let Some((_, most)) = points.last() {
        for name in ["tokens_used", "tokens_allocated", "kv_allocated_bytes"] {
            summary.insert(name.to_owned(), most[name].clone());
        }
    }
    let verdict = verdict(&points);
    let rows = |points: &[(i64, Figures)]| -> Vec<Row> {
        points.iter().map(|(n, figures)| row(*n, None, SEQUENCE_COLUMNS, figures)).collect()
    };
    Assembly {
        parts: vec![
            table("KV cache by sequences", "sequences", SEQUENCE_COLUMNS, rows(&points)),
            table(
                "projection for a sequence",
                "context",
                CONTEXT_COLUMNS,
                params.contexts.iter().map(|&at| projection(params, at)).collect(),
            ),
        ],
        flags,
        summary,
        verdict,
    }
    .report(&plan.context().workload, &plan.coverage(), &samples)
}

/// The shape of the model, as far as the run gave it.
fn shape(facts: &Facts) -> Figures {
    let bytes = |value| value_of("bytes", 1, MetricSource::Plan, value);
    [("weight_bytes", bytes(facts.weights())), ("kv_bytes_per_token", bytes(facts.kv()))]
        .map(|(name, metric)| (name.to_owned(), metric))
        .into()
}

fn sequence_figures(params: &Params, n: i64, samples: &[&Sample], random: &Random) -> Figures {
    let used = tokens(n, samples, random, |tokens| tokens);
    let set_aside = tokens(n, samples, random, |tokens| allocated(tokens, params.block_tokens));
    let now = held(samples);
    let mut figures = host_side(&[("kv_measured_bytes", "bytes")]);
    figures.extend(
        [
            ("kv_used_bytes", in_bytes(&used, &params.facts)),
            ("kv_allocated_bytes", in_bytes(&set_aside, &params.facts)),
            ("tokens_used", used),
            ("tokens_allocated", set_aside),
            (
                "sequences_held",
                Metric::measured(
                    now.into(),
                    "count",
                    by_trial(samples).len(),
                    MetricSource::Client,
                ),
            ),
        ]
        .map(|(name, metric)| (name.to_owned(), metric)),
    );
    figures
}

/// The tokens that `n` sequences keep at their end, each counted as `of` says.
/// The last token of an answer was never fed back, so it has no keys and values.
fn tokens(n: i64, samples: &[&Sample], random: &Random, of: impl Fn(u64) -> u64) -> Metric {
    let step = |(trial, step): (u32, Vec<&Sample>)| {
        let done = answered(&step);
        let kept = |s: &&Sample| -> Measured<u64> {
            let prompt = s.tokens.prompt.ok_or(Unmeasured::PromptUncounted)?;
            let output = s.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
            Ok(of(prompt + output.saturating_sub(1)))
        };
        let all = usize::try_from(n).is_ok_and(|n| done.len() == n);
        let why = || Unmeasured::Other("not every sequence was answered".to_owned());
        let sum = done.iter().map(kept).sum::<Measured<u64>>();
        (trial, if all { sum.map(|n| n as f64) } else { Err(why()) })
    };
    trials::of_values(
        "tokens",
        MetricSource::Server,
        by_trial(samples).into_iter().map(step),
        random,
    )
}

/// Tokens in bytes, by the model's shape.
fn in_bytes(tokens: &Metric, facts: &Facts) -> Metric {
    let reason = || Unmeasured::Other(tokens.reason.clone().unwrap_or_default());
    let value = tokens.value.ok_or_else(reason).and_then(|tokens| Ok(tokens * facts.kv()?));
    value_of("bytes", tokens.n as usize, MetricSource::Plan, value)
}

/// What a sequence of a length needs: its blocks, and the weights with them.
fn projection(params: &Params, at: u32) -> Row {
    let tokens = allocated(at.into(), params.block_tokens) as f64;
    let kv = params.facts.kv().map(|bytes| bytes * tokens);
    let total = params.facts.weights().and_then(|weights| Ok(weights + kv.clone()?));
    let plan = |value| value_of("bytes", 1, MetricSource::Plan, value);
    let mut figures = host_side(&[("measured_bytes", "bytes")]);
    figures.insert("kv_bytes".to_owned(), plan(kv));
    figures.insert("total_bytes".to_owned(), plan(total));
    row(at.into(), None, CONTEXT_COLUMNS, &figures)
}

fn verdict(points: &[(i64, Figures)]) -> String {
    let most = points.iter().rev().find(|(_, figures)| figures["tokens_used"].value.is_some());
    let Some((n, figures)) = most else { return "no sequence was measured".to_owned() };
    let tokens = |name: &str| figures[name].value.unwrap_or_default();
    let bytes = figures["kv_allocated_bytes"].value.map_or_else(
        || "bytes unknown".to_owned(),
        |bytes| format!("{:.1} MiB", bytes / f64::from(1 << 20)),
    );
    let many = if *n == 1 { "sequence keeps" } else { "sequences keep" };
    format!(
        "{n} {many} {} tokens in {} of cache, {bytes}",
        tokens("tokens_used"),
        tokens("tokens_allocated")
    )
}
