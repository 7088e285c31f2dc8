//! The report: one row a mode, and the speed-up of working together.

use tachograph_sdk::{
    metrics::{
        Measured, Random, Unmeasured,
        report::{
            Assembly, by_condition, collect_flags, figure, headline, measured, row, value_of,
        },
    },
    model::{Metric, MetricSource, Row, Sample, WorkloadReport},
};
use tachograph_workload_text::{
    Batches, Facts,
    figures::{Figures, aggregate_tps, held, not_held, table, totals},
};

use crate::{
    params::Params,
    workload::{MODE, MODES},
};

const COLUMNS: &[&str] = &[
    "aggregate_tps",
    "utilization",
    "decode_tps",
    "ttft_ms",
    "tpot_ms",
    "e2e_ms",
    "output_tokens",
    "failed_requests",
];

pub(crate) fn report(params: &Params, plan: &Batches, samples: &[Sample]) -> WorkloadReport {
    let samples = measured(samples);
    let random = plan.random();
    let groups = by_condition(&samples, MODE);
    let together = groups.get(&2).map(|samples| (params.requests, held(samples)));
    let mut flags = collect_flags(&samples, |_| true);
    flags.extend(not_held(together));
    let modes: Vec<(i64, Figures)> = groups
        .into_iter()
        .map(|(mode, samples)| (mode, mode_figures(&params.facts, &samples, &random)))
        .collect();
    let rows = modes.iter().map(|(mode, figures)| mode_row(params, *mode, figures)).collect();
    let summary = summary(&modes, &samples, &random);
    flags.extend(summary.get("single_tps").and_then(|rate| params.facts.implausible(rate)));
    let verdict = format!(
        "{} tok/s alone, {} in sequence, {} together: {} times as fast",
        figure(summary.get("single_tps")),
        figure(summary.get("sequential_tps")),
        figure(summary.get("concurrent_tps")),
        figure(summary.get("concurrent_speedup")),
    );
    Assembly {
        parts: vec![table("output by mode", "requests", COLUMNS, rows)],
        flags,
        summary,
        verdict,
    }
    .report(&plan.context().workload, &plan.coverage(), &samples)
}

fn mode_figures(facts: &Facts, samples: &[&Sample], random: &Random) -> Figures {
    let mut figures = headline(samples, true, random);
    let together = aggregate_tps(samples, random);
    figures.insert("utilization".to_owned(), utilization(facts, &together));
    figures.insert("aggregate_tps".to_owned(), together);
    figures
}

/// tok/s ÷ (bandwidth ÷ bytes touched per token). Requests that are decoded
/// together share the reading of the weights, so it can be above 1 for them.
fn utilization(facts: &Facts, rate: &Metric) -> Metric {
    let value = match (rate.value, facts.most_tps()) {
        (Some(rate), Ok(most)) => Ok(rate / most),
        (None, _) => Err(Unmeasured::NoSamples),
        (_, Err(why)) => Err(why),
    };
    value_of("ratio", rate.n as usize, rate.source, value)
}

fn mode_row(params: &Params, mode: i64, figures: &Figures) -> Row {
    let index = usize::try_from(mode).unwrap_or(usize::MAX);
    let at = if index == 0 { 1 } else { params.requests };
    let label = MODES.get(index).map(|&word| word.to_owned());
    row(at.into(), label, COLUMNS, figures)
}

/// The headline of a request alone, the output of each mode, and the speed-up.
fn summary(modes: &[(i64, Figures)], samples: &[&Sample], random: &Random) -> Figures {
    let of = |mode| modes.iter().find(|(at, _)| *at == mode).map(|(_, figures)| figures);
    let mut summary = of(0).cloned().unwrap_or_else(|| headline(&[], true, random));
    summary.remove("aggregate_tps");
    summary.extend(totals(samples, random));
    let rate = |mode| {
        of(mode)
            .map_or_else(|| aggregate_tps(&[], random), |figures| figures["aggregate_tps"].clone())
    };
    for (mode, word) in (0..).zip(MODES) {
        summary.insert(format!("{word}_tps"), rate(mode));
    }
    let speedup: Measured<f64> = match (rate(2).value, rate(1).value) {
        (Some(together), Some(in_turn)) if in_turn > 0.0 => Ok(together / in_turn),
        _ => Err(Unmeasured::Other("needs both the sequence and the requests together".to_owned())),
    };
    let n = rate(2).n as usize;
    let speedup = value_of("ratio", n, MetricSource::Client, speedup);
    summary.insert("concurrent_speedup".to_owned(), speedup);
    summary
}
