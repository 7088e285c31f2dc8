//! What the harness says of itself, in two lines.

use tachograph_model::RunResult;

use super::field;
use crate::{
    number::{duration, percent, thousands},
    style::{Ink, Style},
    terminal::{flags, rule},
};

/// The end of a result: self-test and load, streams and tape, doubts.
pub(in crate::terminal) fn harness(result: &RunResult, style: Style) -> String {
    let harness = &result.harness;
    let mut out = rule("harness", "", Ink::Plain, style);
    let n = thousands(harness.self_test_n.into());
    let adds = match (harness.added_latency_p50_ns, harness.added_latency_max_ns) {
        (Some(p50), Some(max)) => {
            format!("adds {} at p50, {} at most (n = {n})", duration(p50), duration(max))
        }
        (Some(p50), None) => format!("adds {} at p50 (n = {n})", duration(p50)),
        _ => "self-test not run".to_owned(),
    };
    let load = harness.cpu_share.map_or_else(
        || "load not measured".to_owned(),
        |share| format!("takes {} of the processors", percent(share)),
    );
    out.push_str(&field("itself", &format!("{adds} · {load}"), style));
    let late = harness.max_lateness_ns.map_or_else(
        || "lateness not measured".to_owned(),
        |ns| format!("sends at most {} late", duration(ns)),
    );
    let held = harness.streams_held.map(|share| format!("{} of streams held", percent(share)));
    let tape = format!("tape {}", result.tape.short());
    let rest: Vec<String> = [Some(late), held, Some(tape)].into_iter().flatten().collect();
    out.push_str(&field("", &rest.join(" · "), style));
    out.push_str(&flags(&result.flags, style));
    out
}
