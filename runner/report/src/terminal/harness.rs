//! What the harness says of itself.

use tachograph_model::RunResult;

use super::{field, flags, rule};
use crate::{
    evidence::{checks_text, tally},
    number::{UNMEASURED, duration, percent, thousands},
    style::{Ink, Style},
};

/// The end of a result: self-test, load, streams, tape, doubts about the run.
pub(super) fn harness(result: &RunResult, style: Style) -> String {
    let mut out = rule("harness", "", Ink::Plain, style);
    for (word, text) in facts(result) {
        out.push_str(&field(word, &text, style));
    }
    out.push_str(&field("tape", &format!("sha256:{}…", result.tape.short()), style));
    if let Some(evidence) = &result.evidence {
        out.push_str(&field("evidence", &tally(&evidence.checks), style));
        out.push_str(&checks_text(&evidence.checks, style));
    }
    if !result.flags.is_empty() {
        out.push('\n');
        out.push_str(&flags(&result.flags, style));
    }
    out
}

/// What the harness measured of itself: a word and a text each.
pub(crate) fn facts(result: &RunResult) -> Vec<(&'static str, String)> {
    let harness = &result.harness;
    let n = thousands(harness.self_test_n.into());
    let self_test = match (harness.added_latency_p50_ns, harness.added_latency_max_ns) {
        (Some(p50), Some(max)) => {
            format!("adds {} at p50, {} at most (n = {n})", duration(p50), duration(max))
        }
        (Some(p50), None) => format!("adds {} at p50 (n = {n})", duration(p50)),
        _ => format!("{UNMEASURED} not run"),
    };
    let or_dash =
        |text: Option<String>| text.unwrap_or_else(|| format!("{UNMEASURED} not measured"));
    let share = harness.cpu_share.map(|share| format!("{} of all processor time", percent(share)));
    let late = harness.max_lateness_ns.map(|ns| format!("{} at most", duration(ns)));
    let held = harness.streams_held.map(|share| format!("{} of those asked for", percent(share)));
    let trip = round_trip(result)
        .map(|trip| ("round trip", format!("{} at least, a part of every TTFT", duration(trip))));
    let measured = [
        ("self-test", self_test),
        ("own load", or_dash(share)),
        ("sends late by", or_dash(late)),
        ("streams held", or_dash(held)),
    ];
    measured.into_iter().chain(trip).collect()
}

/// The least round trip to a server on another machine, in nanoseconds.
pub(in crate::terminal) fn round_trip(result: &RunResult) -> Option<u64> {
    let samples = result.workloads.iter().flat_map(|workload| &workload.samples);
    let least = samples.filter_map(|sample| sample.times.rtt_floor_ns).min();
    least.filter(|_| !result.backend.local)
}
