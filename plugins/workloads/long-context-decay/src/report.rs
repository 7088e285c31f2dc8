//! The report: the curves over context, and what a doubling costs.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Random, Unmeasured,
        report::{
            Assembly, Coverage, by_condition, collect_flags, figure, headline, measured, row,
            value_of,
        },
    },
    model::{Metric, MetricSource, Sample, WorkloadContext, WorkloadReport},
};
use tachograph_workload_text::figures::{table, totals};

/// The columns of the curve. `…_kept` is the rate against the row above, per
/// doubling of the context: 0.9 keeps 90 %.
const COLUMNS: &[&str] = &[
    "prefill_tps",
    "prefill_kept",
    "decode_tps",
    "decode_kept",
    "ttft_ms",
    "tpot_ms",
    "prompt_tokens",
    "output_tokens",
];

pub(crate) fn report(
    context: &WorkloadContext,
    coverage: &Coverage,
    samples: &[Sample],
) -> WorkloadReport {
    let samples = measured(samples);
    let random = Random::from_text(&format!("{}/{}", context.nonce, context.workload));
    let mut curve: Vec<(i64, BTreeMap<String, Metric>)> = by_condition(&samples, "context")
        .into_iter()
        .map(|(at, samples)| (at, headline(&samples, true, &random)))
        .collect();
    for rate in ["prefill", "decode"] {
        keep_against_the_row_above(&mut curve, rate);
    }
    let mut summary = summary(&curve, &random);
    summary.extend(totals(&samples, &random));
    let verdict = verdict(&curve);
    let row = |(at, figures): &(i64, BTreeMap<String, Metric>)| row(*at, None, COLUMNS, figures);
    Assembly {
        parts: vec![table(
            "decay over context",
            "context",
            COLUMNS,
            curve.iter().map(row).collect(),
        )],
        flags: collect_flags(&samples, |_| true),
        summary,
        verdict,
    }
    .report(&context.workload, coverage, &samples)
}

/// Adds `RATE_kept` to each row but the first.
fn keep_against_the_row_above(curve: &mut [(i64, BTreeMap<String, Metric>)], rate: &str) {
    let tps = format!("{rate}_tps");
    let points: Vec<_> = curve.iter().map(|(at, row)| (*at, row[&tps].clone())).collect();
    for (i, (_, row)) in curve.iter_mut().enumerate() {
        let source = points[i].1.source;
        let kept = match i.checked_sub(1) {
            None => Err(Unmeasured::Other("the first of the curve".to_owned())),
            Some(above) => per_doubling(&[&points[above], &points[i]]),
        };
        row.insert(format!("{rate}_kept"), value_of("ratio", 2.min(i + 1), source, kept));
    }
}

/// What a rate keeps per doubling of the context: 2 to the slope of the
/// least-squares line of log2(rate) over log2(context).
fn per_doubling(points: &[&(i64, Metric)]) -> Result<f64, Unmeasured> {
    let log = |(at, rate): &&(i64, Metric)| Some(((*at as f64).log2(), rate.value?.log2()));
    let points: Vec<(f64, f64)> = points.iter().filter_map(log).collect();
    if points.len() < 2 {
        return Err(Unmeasured::Other("needs two contexts".to_owned()));
    }
    let n = points.len() as f64;
    let (sx, sy) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let over: f64 = points.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    let under: f64 = points.iter().map(|(x, _)| (x - mx).powi(2)).sum();
    Ok((over / under).exp2())
}

/// The figures at the longest context that was measured, which `context_tokens`
/// names, and the decay over the whole curve.
fn summary(curve: &[(i64, BTreeMap<String, Metric>)], random: &Random) -> BTreeMap<String, Metric> {
    let longest = curve.iter().rev().find(|(_, row)| row["ttft_ms"].value.is_some());
    let Some((at, figures)) = longest else { return headline(&[], true, random) };
    let mut summary = figures.clone();
    summary.retain(|name, _| !name.ends_with("_kept"));
    let at = Metric::measured(*at as f64, "tokens", 1, MetricSource::Plan);
    summary.insert("context_tokens".to_owned(), at);
    for rate in ["prefill", "decode"] {
        let tps = format!("{rate}_tps");
        let points: Vec<_> = curve.iter().map(|(at, row)| (*at, row[&tps].clone())).collect();
        let refs: Vec<_> = points.iter().collect();
        let kept = value_of("ratio", points.len(), points[0].1.source, per_doubling(&refs));
        summary.insert(format!("{rate}_kept_per_doubling"), kept);
    }
    summary
}

fn verdict(curve: &[(i64, BTreeMap<String, Metric>)]) -> String {
    let seen = |(_, row): &&(i64, BTreeMap<String, Metric>)| row["decode_tps"].value.is_some();
    let first = curve.iter().find(seen);
    let last = curve.iter().rev().find(seen);
    let (Some((from, a)), Some((to, b))) = (first, last) else {
        return "no context was measured".to_owned();
    };
    let rate = |row: &BTreeMap<String, Metric>| figure(row.get("decode_tps"));
    if from == to {
        return format!("decodes {} tok/s at {} of context", rate(a), short(*from));
    }
    format!(
        "decode {} tok/s at {}, {} at {}; prefill {} and {}",
        rate(a),
        short(*from),
        rate(b),
        short(*to),
        figure(a.get("prefill_tps")),
        figure(b.get("prefill_tps")),
    )
}

/// 32768 as `32k`.
fn short(context: i64) -> String {
    match context % 1024 {
        0 => format!("{}k", context / 1024),
        _ => context.to_string(),
    }
}
