//! What happens to requests that come at once.

use tachograph_model::RunResult;

use super::{Certainty, Outcome, rows, suspicion};
use crate::number::short;

/// Requests that had to wait for others start late: their first tokens are
/// spread over this many times what one request alone needs.
const SPREAD: f64 = 4.0;
/// Batched streams give together at least this many times one stream's rate.
const GAIN: f64 = 1.3;

/// Whether requests waited for one another.
pub(super) fn queueing(result: &RunResult) -> Outcome {
    let points = rows::rows(result, "concurrent-decode", "streams");
    let Some(alone) =
        points.iter().find(|row| row.at == 1).and_then(|r| rows::figure(r, "ttft_ms"))
    else {
        return Outcome::Unknown("a single stream was not measured beside several".to_owned());
    };
    let waits = |row: &&tachograph_model::Row| {
        let spread = rows::figure(row, "ttft_spread_ms").unwrap_or(0.0);
        // Prefill of n prompts one after another spreads them by n times one.
        spread > SPREAD * alone * row.at as f64
    };
    let Some(first) = points.iter().filter(|row| row.at > 1).find(waits) else {
        return Outcome::Clear(
            "first tokens of concurrent streams are as far apart as their prefill".to_owned(),
        );
    };
    let spread = rows::figure(first, "ttft_spread_ms").unwrap_or(0.0);
    let mut evidence = vec![format!(
        "at {} streams the first tokens are {} ms apart; one stream alone has its first after {} ms",
        first.at,
        short(spread),
        short(alone)
    )];
    let slots = result.backend.info.slots;
    evidence.extend(slots.map(|slots| format!("the server works on {slots} requests at once")));
    let certainty = match slots {
        Some(slots) if i64::from(slots) < first.at => Certainty::Shown,
        _ => Certainty::Likely,
    };
    suspicion(
        certainty,
        format!("from {} streams on, requests wait for others to end", first.at),
        evidence,
        "raise the number of parallel requests (llama-server -np, OLLAMA_NUM_PARALLEL, vLLM --max-num-seqs)",
    )
}

/// Whether several streams give more together than one.
pub(super) fn batching(result: &RunResult) -> Outcome {
    let points = rows::rows(result, "concurrent-decode", "streams");
    let together = |row: &tachograph_model::Row| rows::figure(row, "aggregate_tps");
    let one = points.iter().find(|row| row.at == 1).and_then(together);
    let best = points
        .iter()
        .filter(|row| row.at > 1)
        .filter_map(|row| Some((row.at, together(row)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let (Some(one), Some((streams, best))) = (one, best) else {
        return Outcome::Unknown("one stream and several were not both measured".to_owned());
    };
    let gain = best / one;
    let seen = format!(
        "{} tok/s together at {streams} streams, {} tok/s with one: {gain:.2} times",
        short(best),
        short(one)
    );
    if gain >= GAIN {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Likely,
        "several streams give hardly more together than one alone",
        vec![seen],
        "the server takes turns, or one stream already uses the whole machine: compare with continuous batching on",
    )
}
