//! The Markdown of the comparison, with the bounds that must hold.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::Fallible;
use crate::outcome::{Outcome, Spread, quantile};
use crate::schedule::{Gap, Schedule};

/// The repetitions of one schedule.
pub(crate) struct Pair {
    pub(crate) schedule: Schedule,
    pub(crate) bare: Vec<Outcome>,
    pub(crate) ours: Vec<Outcome>,
}

/// One bound: what it says, what was measured, whether it holds.
struct Bound {
    text: String,
    measured: String,
    holds: Option<bool>,
}

pub(crate) fn print(rows: &[Pair], saturated: &Pair, reps: usize) -> Fallible<()> {
    let mut out = String::new();
    let mut bounds = Vec::new();
    writeln!(out, "Medians over {reps} repetitions; errors in milliseconds.\n")?;
    writeln!(
        out,
        "| gaps | streams | client | send p99 | TTFT error mean | p50 | p99 | gap error p50 | p99 | CPU µs per token | streams held |"
    )?;
    writeln!(out, "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for pair in rows {
        for (name, side) in [("bare hyper", &pair.bare), ("tachograph-net", &pair.ours)] {
            writeln!(out, "{}", paced_row(name, pair.schedule, side))?;
        }
        bounds.extend(paced_bounds(pair));
    }
    let reps = saturated.bare.len();
    let Schedule { streams, tokens, .. } = saturated.schedule;
    writeln!(
        out,
        "\nSaturation: {streams} streams of {tokens} tokens each, as fast as they go; medians over {reps} repetitions.\n"
    )?;
    writeln!(out, "| client | events/s | CPU s per 1,000 tokens | peak RSS | of it bodies |")?;
    writeln!(out, "|---|--:|--:|--:|--:|")?;
    for (name, side) in [("bare hyper", &saturated.bare), ("tachograph-net", &saturated.ours)] {
        writeln!(out, "{}", saturated_row(name, side))?;
    }
    bounds.extend(saturated_bounds(saturated));
    writeln!(out, "\n| bound | measured | |")?;
    writeln!(out, "|---|---|---|")?;
    for bound in &bounds {
        let verdict = match bound.holds {
            Some(true) => "pass",
            Some(false) => "**fail**",
            None => "not measured",
        };
        writeln!(out, "| {} | {} | {verdict} |", bound.text, bound.measured)?;
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(())
}

fn paced_row(name: &str, schedule: Schedule, side: &[Outcome]) -> String {
    let gap = if schedule.gap == Gap::Even { "10 ms" } else { "5–15 ms" };
    let ttft = |part: fn(&Spread) -> f64| {
        median(side, |outcome| outcome.ttft_error.as_ref().map(part)).map_or("—".into(), ms)
    };
    let gaps = |part: fn(&Spread) -> f64| {
        median(side, |outcome| outcome.gap_error.as_ref().map(part)).map_or("—".into(), ms)
    };
    let held = median(side, |outcome| outcome.held);
    format!(
        "| {gap} | {} | {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
        schedule.streams,
        median(side, |outcome| Some(outcome.send_late.p99)).map_or("—".into(), ms),
        ttft(|spread| spread.mean),
        ttft(|spread| spread.p50),
        ttft(|spread| spread.p99),
        gaps(|spread| spread.p50),
        gaps(|spread| spread.p99),
        median(side, cpu).map_or("—".into(), |seconds| format!("{:.1}", seconds * 1e3)),
        held.map_or("—".into(), |held| format!("{:.2} %", held * 100.0)),
    )
}

fn paced_bounds(pair: &Pair) -> Vec<Bound> {
    let streams = pair.schedule.streams;
    let gap = if pair.schedule.gap == Gap::Even { "even" } else { "uneven" };
    let mean = |outcome: &Outcome| outcome.ttft_error.map(|spread| spread.mean);
    let p99 = |outcome: &Outcome| outcome.gap_error.map(|spread| spread.p99);
    let both = |value: &dyn Fn(&Outcome) -> Option<f64>| {
        median(&pair.bare, value).zip(median(&pair.ours, value))
    };
    let ttft = both(&mean);
    let gaps = both(&p99);
    let held = median(&pair.ours, |outcome| outcome.held);
    vec![
        Bound {
            text: format!("mean TTFT error ≤ bare + 0.4 ms, {streams} {gap}"),
            measured: shown(ttft),
            holds: ttft.map(|(bare, ours)| ours <= bare + 0.4e6),
        },
        Bound {
            text: format!("p99 gap error ≤ 1.5 × bare + 0.1 ms, {streams} {gap}"),
            measured: shown(gaps),
            holds: gaps.map(|(bare, ours)| ours <= 1.5 * bare + 0.1e6),
        },
        Bound {
            text: format!("streams held ≥ 99 %, {streams} {gap}"),
            measured: held.map_or("—".into(), |held| format!("{:.2} %", held * 100.0)),
            holds: held.map(|held| held >= 0.99),
        },
    ]
}

fn saturated_row(name: &str, side: &[Outcome]) -> String {
    let mib = |bytes: Option<f64>| {
        bytes.map_or("—".into(), |bytes| format!("{:.1} MiB", bytes / 1048576.0))
    };
    format!(
        "| {name} | {} | {} | {} | {} |",
        median(side, rate).map_or("—".into(), |rate| format!("{rate:.0}")),
        median(side, cpu).map_or("—".into(), |cpu| format!("{cpu:.5}")),
        mib(median(side, |outcome| outcome.peak_rss.map(|bytes| bytes as f64))),
        mib(median(side, |outcome| Some(outcome.body_bytes as f64))),
    )
}

fn saturated_bounds(pair: &Pair) -> Vec<Bound> {
    let speed = median(&pair.bare, rate).zip(median(&pair.ours, rate)).map(|(b, o)| o / b);
    let burn = median(&pair.bare, cpu).zip(median(&pair.ours, cpu)).map(|(b, o)| o / b);
    let beside = median(&pair.ours, |outcome| {
        outcome.peak_rss.map(|peak| peak.saturating_sub(outcome.body_bytes) as f64 / 1e6)
    });
    vec![
        Bound {
            text: "events/s ≥ 60 % of bare".into(),
            measured: speed.map_or("—".into(), |share| format!("{:.0} %", share * 100.0)),
            holds: speed.map(|share| share >= 0.6),
        },
        Bound {
            text: "CPU per 1,000 tokens ≤ 2 × bare".into(),
            measured: burn.map_or("—".into(), |ratio| format!("{ratio:.2} ×")),
            holds: burn.map(|ratio| ratio <= 2.0),
        },
        Bound {
            text: "peak memory beside the bodies < 80 MB".into(),
            measured: beside.map_or("—".into(), |mb| format!("{mb:.1} MB")),
            holds: beside.map(|mb| mb < 80.0),
        },
    ]
}

fn rate(outcome: &Outcome) -> Option<f64> {
    Some(outcome.events_per_s)
}

fn cpu(outcome: &Outcome) -> Option<f64> {
    outcome.cpu_ns.map(|nanos| nanos as f64 / 1e9 / outcome.tokens as f64 * 1000.0)
}

/// The median over the repetitions; `None` if one of them has no value.
fn median(side: &[Outcome], value: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
    let mut values: Vec<f64> = side.iter().map(value).collect::<Option<_>>()?;
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| quantile(&values, 0.5))
}

fn ms(nanos: f64) -> String {
    format!("{:.3}", nanos / 1e6)
}

fn shown(both: Option<(f64, f64)>) -> String {
    both.map_or("—".into(), |(bare, ours)| format!("{} against {}", ms(ours), ms(bare)))
}
