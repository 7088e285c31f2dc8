//! How speed falls with the context.

use tachograph_model::RunResult;

use super::{Certainty, Outcome, rows, suspicion};
use crate::number::{short, thousands};

/// Attention alone keeps half of the decode speed per doubling at worst, when
/// it is all that a token costs. Less than this has another cause.
const ATTENTION_KEEPS: f64 = 0.45;

/// Whether decode falls off at one context more than attention explains.
pub(super) fn cliff(result: &RunResult) -> Outcome {
    let points = rows::rows(result, "long-context-decay", "context");
    let mut worst: Option<(f64, i64, f64, f64)> = None;
    for pair in points.windows(2) {
        let [before, after] = pair else { continue };
        let (Some(fast), Some(slow)) =
            (rows::figure(before, "decode_tps"), rows::figure(after, "decode_tps"))
        else {
            continue;
        };
        let doublings = (after.at as f64 / before.at as f64).log2();
        if doublings <= 0.0 || fast <= 0.0 {
            continue;
        }
        let kept = (slow / fast).powf(1.0 / doublings);
        if worst.is_none_or(|(least, ..)| kept < least) {
            worst = Some((kept, after.at, fast, slow));
        }
    }
    let Some((kept, at, fast, slow)) = worst else {
        return Outcome::Unknown("fewer than two contexts were measured".to_owned());
    };
    let at = thousands(at.unsigned_abs());
    let seen = format!(
        "decode keeps {:.0} % per doubling up to {at} tokens ({} to {} tok/s)",
        kept * 100.0,
        short(fast),
        short(slow)
    );
    if kept >= ATTENTION_KEEPS {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Likely,
        format!("decode falls off at {at} tokens, more than attention explains"),
        vec![seen],
        "the KV cache may not fit any more: look at the server's memory and offloading, or quantize the cache",
    )
}
