//! Token counts and durations that servers state.

use serde_json::Value;
use tachograph_model::ServerTiming;

use crate::{CountSource, Usage};

/// Reads a `usage` object.
///
/// `None` for null and for an object whose counts are all zero, which some
/// servers put into every event before the real one.
pub fn usage_of(usage: &Value) -> Option<Usage> {
    let usage = usage.as_object()?;
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let detail =
        |group: &str, key: &str| usage.get(group).and_then(|group| group.get(key)?.as_u64());
    let (prompt, output) = (count("prompt_tokens"), count("completion_tokens"));
    if prompt.unwrap_or(0) == 0 && output.unwrap_or(0) == 0 {
        return None;
    }
    Some(Usage {
        prompt_tokens: prompt,
        // TabbyAPI and Together; DeepSeek.
        cached_tokens: detail("prompt_tokens_details", "cached_tokens")
            .or_else(|| count("cached_tokens"))
            .or_else(|| count("prompt_cache_hit_tokens")),
        output_tokens: output,
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens"),
        source: CountSource::Usage,
    })
}

/// Reads the `timings` object of llama.cpp.
///
/// `predicted_ms` covers the gaps between the tokens: the first one comes from
/// the logits of the prompt, so `predicted_n` tokens make `predicted_n - 1`
/// gaps, and one token makes no decode time at all. `prompt_ms` covers
/// `prompt_n` tokens, those that were not in the cache (`cache_n`).
pub fn llama_timings(timings: &Value) -> Option<(ServerTiming, Usage)> {
    let timings = timings.as_object()?;
    let count = |key: &str| timings.get(key).and_then(Value::as_u64);
    let nanos = |key: &str| timings.get(key).and_then(Value::as_f64).and_then(nanos_of_millis);
    let (processed, cached) = (count("prompt_n"), count("cache_n"));
    let output = count("predicted_n");
    let gaps = output.and_then(|output| output.checked_sub(1)).filter(|gaps| *gaps > 0);
    let timing = ServerTiming {
        prompt_ns: processed.filter(|processed| *processed > 0).and(nanos("prompt_ms")),
        prompt_tokens: processed,
        decode_ns: gaps.and(nanos("predicted_ms")),
        decode_gaps: gaps,
        draft_tokens: count("draft_n"),
        draft_accepted: count("draft_n_accepted"),
        ..ServerTiming::default()
    };
    let usage = Usage {
        // Without `cache_n` (older builds) the length of the prompt is unknown.
        prompt_tokens: processed.zip(cached).map(|(processed, cached)| processed + cached),
        cached_tokens: cached,
        output_tokens: output,
        reasoning_tokens: None,
        source: CountSource::Timings,
    };
    Some((timing, usage))
}

/// Whole nanoseconds; `None` for what is no duration.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before the cast"
)]
pub(super) fn nanos_of_millis(millis: f64) -> Option<u64> {
    let nanos = (millis * 1e6).round();
    // Above 2^53 ns (104 days) a double no longer counts nanoseconds.
    (nanos.is_finite() && (0.0..9.0e15).contains(&nanos)).then_some(nanos as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_zero_usage_is_no_usage_but_zero_cached_tokens_are() {
        assert_eq!(usage_of(&Value::Null), None);
        assert_eq!(usage_of(&json!({ "prompt_tokens": 0, "completion_tokens": 0 })), None);
        let cold = usage_of(&json!({ "prompt_tokens": 39, "completion_tokens": 16,
            "prompt_tokens_details": { "cached_tokens": 0 } }));
        assert_eq!(cold.unwrap().cached_tokens, Some(0));
        let beside = usage_of(&json!({ "prompt_tokens": 39, "cached_tokens": 32 }));
        assert_eq!(beside.unwrap().cached_tokens, Some(32));
    }

    #[test]
    fn one_token_makes_no_gap() {
        let timings = json!({ "cache_n": 0, "prompt_n": 39, "prompt_ms": 9.5,
            "predicted_n": 1, "predicted_ms": 0.001 });
        let (timing, usage) = llama_timings(&timings).unwrap();
        assert_eq!((timing.decode_ns, timing.decode_gaps), (None, None));
        assert_eq!((timing.prompt_ns, timing.prompt_tokens), (Some(9_500_000), Some(39)));
        assert_eq!(usage.output_tokens, Some(1));
    }

    #[test]
    fn nonsense_durations_are_unknown() {
        for millis in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert_eq!(nanos_of_millis(millis), None);
        }
        assert_eq!(nanos_of_millis(2.588), Some(2_588_000));
    }
}
