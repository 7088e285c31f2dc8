//! The report: the session as a whole, and its turns.

use std::collections::BTreeMap;

use tachograph_sdk::{
    metrics::{
        Measured, Quantile, Random, Unmeasured, e2e, hit_rate, ideal_hit_rate, median,
        prefill_amplification, quantile_r7,
        report::{
            Assembly, Coverage, answered, collect_flags, figure, headline, measured, value_of,
        },
        trials, ttft,
    },
    model::{Flag, Metric, MetricSource, Part, Sample, WorkloadContext, WorkloadReport},
};

use crate::{
    script::TURNS,
    turns::{COLUMNS, by_trial, rows, worst},
};

/// How the trace was run.
pub(crate) struct Shape {
    /// Calls and results were plain text.
    pub(crate) flat: bool,
    /// … because the backend takes no tools.
    pub(crate) flat_by_need: bool,
    /// The turns waited as real tools do.
    pub(crate) paced: bool,
    /// The turn that does not continue the one before.
    pub(crate) broken_prefix: Option<usize>,
}

impl Shape {
    fn title(&self) -> String {
        let flat = if self.flat { ", flat" } else { "" };
        let paced = if self.paced { ", paced" } else { "" };
        format!("turns{flat}{paced}")
    }
}

pub(crate) fn report(
    context: &WorkloadContext,
    shape: &Shape,
    coverage: &Coverage,
    samples: &[Sample],
) -> WorkloadReport {
    let samples = measured(samples);
    let random = Random::from_text(&format!("{}/{}", context.nonce, context.workload));
    let rows = rows(&samples, &random);
    let mut summary = headline(&samples, false, &random);
    summary.extend(session(&samples, &random));
    summary.extend(cache(&samples));
    summary.extend(turn_times(&samples));
    summary.insert("worst_turn".to_owned(), worst(&rows));
    summary.insert("tool_call_validity".to_owned(), tool_calls(&samples, shape.flat));
    summary.insert("prefix_stable".to_owned(), prefix_stable(shape));
    let verdict = verdict(&summary);
    Assembly {
        parts: vec![Part {
            title: shape.title(),
            key: "turn".to_owned(),
            columns: COLUMNS.iter().map(|&c| c.to_owned()).collect(),
            rows,
        }],
        flags: flags(&samples, shape),
        summary,
        verdict,
    }
    .report(&context.workload, coverage, &samples)
}

/// Sums over one session, medians over the trials. `wall_ms`, with the delays,
/// is among the headline figures; `model_ms` is without them.
fn session(samples: &[&Sample], random: &Random) -> BTreeMap<String, Metric> {
    let trials = by_trial(samples);
    let sum = |unit: &str, source, of: fn(&Sample) -> Measured<f64>| {
        let total = |(trial, samples): (&u32, &Vec<&Sample>)| {
            // A session with a turn missing has no total.
            let whole = samples.len() == TURNS.len();
            let total = samples.iter().map(|s| of(s)).sum::<Measured<f64>>();
            let why = || Unmeasured::Other("not every turn was answered".to_owned());
            (*trial, if whole { total } else { Err(why()) })
        };
        trials::of_values(unit, source, trials.iter().map(total), random)
    };
    [
        ("model_ms", sum("ms", MetricSource::Client, |s| e2e(s).map(|t| t.as_ms()))),
        (
            "total_output_tokens",
            sum("tokens", MetricSource::Server, |s| {
                s.tokens.output.map(|n| n as f64).ok_or(Unmeasured::OutputUncounted)
            }),
        ),
        (
            "total_prompt_tokens",
            sum("tokens", MetricSource::Server, |s| {
                s.tokens.prompt.map(|n| n as f64).ok_or(Unmeasured::PromptUncounted)
            }),
        ),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into()
}

/// What the prefix cache did, against what a perfect one would have done.
fn cache(samples: &[&Sample]) -> BTreeMap<String, Metric> {
    let done = answered(samples);
    let all = || done.iter().copied();
    let (real, ideal) = (hit_rate(all()), ideal_hit_rate(all()));
    let ratio = real.clone().and_then(|real| match ideal {
        Ok(ideal) if ideal > 0.0 => Ok(real / ideal),
        _ => Err(Unmeasured::Other("no turn could reuse another".to_owned())),
    });
    let n = done.len();
    let cold: Vec<f64> = ttfts(&done, |s| s.tokens.ideal_cached == 0);
    let warm: Vec<f64> = ttfts(&done, |s| s.tokens.ideal_cached > 0);
    let middle = |of: &[f64]| median(of).ok_or(Unmeasured::NoSamples);
    let gain = match (median(&cold), median(&warm)) {
        (Some(cold), Some(warm)) if warm > 0.0 => Ok(cold / warm),
        _ => Err(Unmeasured::NoSamples),
    };
    let both = cold.len() + warm.len();
    let (client, server, plan) = (MetricSource::Client, MetricSource::Server, MetricSource::Plan);
    [
        ("ideal_cache_hit_rate", value_of("ratio", n, plan, ideal)),
        ("cache_hit_of_ideal", value_of("ratio", n, server, ratio)),
        ("prefill_amplification", value_of("ratio", n, server, prefill_amplification(all()))),
        ("cold_ttft_ms", value_of("ms", cold.len(), client, middle(&cold))),
        ("warm_ttft_ms", value_of("ms", warm.len(), client, middle(&warm))),
        ("cold_over_warm_ttft", value_of("ratio", both, client, gain)),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into()
}

fn ttfts(samples: &[&Sample], keep: fn(&Sample) -> bool) -> Vec<f64> {
    let kept = samples.iter().filter(|s| keep(s));
    kept.filter_map(|s| ttft(s).ok()).map(|t| t.as_ms()).collect()
}

/// Time per turn over all turns of all trials. The turns are the whole
/// population of the trace, so a p95 of fewer than 59 is given, and said.
fn turn_times(samples: &[&Sample]) -> BTreeMap<String, Metric> {
    let mut times: Vec<f64> =
        answered(samples).iter().filter_map(|s| e2e(s).ok()).map(|t| t.as_ms()).collect();
    times.sort_unstable_by(f64::total_cmp);
    let at = |quantile: Quantile| {
        let value = quantile_r7(&times, f64::from(quantile.percent()) / 100.0);
        let value = value.ok_or(Unmeasured::NoSamples);
        let mut metric = value_of("ms", times.len(), MetricSource::Client, value);
        if metric.value.is_some() && times.len() < quantile.needed() {
            let (n, p, needed) = (times.len(), quantile.percent(), quantile.needed());
            metric.reason = Some(format!("n = {n}; an upper bound of p{p} needs {needed}"));
        }
        metric
    };
    [("turn_p50_ms", at(Quantile::P50)), ("turn_p95_ms", at(Quantile::P95))]
        .map(|(name, metric)| (name.to_owned(), metric))
        .into()
}

/// The share of tool calls whose arguments are a JSON object.
fn tool_calls(samples: &[&Sample], flat: bool) -> Metric {
    let checks = samples.iter().filter_map(|s| s.tool_calls);
    let (calls, valid) = checks.fold((0, 0), |(c, v), t| (c + t.calls, v + t.valid_json));
    let value = match calls {
        0 if flat => Err(Unmeasured::Other("no tools were on the wire".to_owned())),
        0 => Err(Unmeasured::Other("the model called no tool".to_owned())),
        _ => Ok(f64::from(valid) / f64::from(calls)),
    };
    value_of("ratio", calls as usize, MetricSource::Client, value)
}

/// 1 when every prompt begins with the whole prompt before it, otherwise 0
/// with the turn that breaks it.
fn prefix_stable(shape: &Shape) -> Metric {
    let stable = shape.broken_prefix.is_none();
    let checks = TURNS.len() - 1;
    let mut metric =
        Metric::measured(f64::from(u8::from(stable)), "ratio", checks, MetricSource::Plan);
    metric.reason = shape.broken_prefix.map(|turn| format!("broken by turn {turn}"));
    metric
}

fn flags(samples: &[&Sample], shape: &Shape) -> Vec<Flag> {
    let exact = |sample: &Sample| {
        let turn = sample.condition.get("turn").and_then(|t| usize::try_from(t - 1).ok());
        turn.and_then(|i| TURNS.get(i)).is_some_and(|turn| turn.kind.exact())
    };
    let mut flags = collect_flags(samples, exact);
    if shape.flat_by_need {
        let message = "the backend takes no tools: the flat profile ran, which ranks apart";
        flags.push(Flag::new("flat-profile", message));
    }
    if let Some(turn) = shape.broken_prefix {
        let message = format!("turn {turn} does not begin with the prompt of the turn before");
        flags.push(Flag::new("prefix-broken", message));
    }
    flags
}

fn verdict(summary: &BTreeMap<String, Metric>) -> String {
    let value = |name: &str| summary.get(name).and_then(|m| m.value);
    let time = match value("wall_ms") {
        Some(ms) => format!("{:.1} s", ms / 1e3),
        None => "an unknown time".to_owned(),
    };
    let turns = TURNS.len();
    match (value("prefix_cache_hit_rate"), value("ideal_cache_hit_rate")) {
        (Some(real), Some(ideal)) => format!(
            "{turns} turns in {time}; {:.0} % of the prompts cached, ideal {:.0} %",
            real * 100.0,
            ideal * 100.0
        ),
        _ => format!(
            "{turns} turns in {time}; warm first token after {} ms",
            figure(summary.get("warm_ttft_ms"))
        ),
    }
}
