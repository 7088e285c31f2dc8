//! What the harness says of itself, in two lines.

use tachograph_model::RunResult;

use crate::{
    evidence::evidence,
    number::{duration, percent, thousands},
    style::{Ink, Style},
    telemetry,
    terminal::{flags, harness::round_trip, paragraph, rule},
};

/// The end of a result: self-test and tape, load and streams, doubts.
pub(in crate::terminal) fn harness(result: &RunResult, style: Style) -> String {
    let harness = &result.harness;
    let mut out = rule("harness", "", Ink::Plain, style);
    let n = thousands(harness.self_test_n.into());
    let adds = match (harness.added_latency_p50_ns, harness.added_latency_max_ns) {
        (Some(p50), Some(max)) => {
            format!("self-test adds {} at p50, {} at most (n = {n})", duration(p50), duration(max))
        }
        (Some(p50), None) => format!("self-test adds {} at p50 (n = {n})", duration(p50)),
        _ => "self-test not run".to_owned(),
    };
    let first = format!("{adds} · tape {}", result.tape.short());
    let load = harness.cpu_share.map_or_else(
        || "own load not measured".to_owned(),
        |share| format!("own load {}", percent(share)),
    );
    let late = harness.max_lateness_ns.map_or_else(
        || "lateness not measured".to_owned(),
        |ns| format!("sends at most {} late", duration(ns)),
    );
    let held = harness.streams_held.map(|share| format!("{} of streams held", percent(share)));
    let trip = round_trip(result).map(|ns| format!("round trip {}", duration(ns)));
    let second: Vec<String> = [Some(load), Some(late), held, trip].into_iter().flatten().collect();
    let watched = result.telemetry.as_ref().map(telemetry::line);
    for text in [Some(first), Some(second.join(" · ")), watched].into_iter().flatten() {
        paragraph(&mut out, "  ", &text, Ink::Plain, style);
    }
    out.push_str(&evidence(result, style));
    out.push_str(&flags(&result.flags, style));
    out
}
