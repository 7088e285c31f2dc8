//! Durations that some servers put into `usage`.

use serde_json::Value;
use tachograph_model::ServerTiming;

use super::{Dialect, counts::nanos_of_millis, usage_of};

/// Reads `prompt_time`, `completion_time` and `queue_time`, in seconds, as
/// TabbyAPI and Groq state them. `None` when there is none of them.
///
/// A time that is a word (`Indeterminate`) or zero after rounding is unknown.
/// `prompt_time` covers the tokens that were not cached, so without a count of
/// those it has no token count either. The times of TabbyAPI begin once the
/// prompt but its last token is processed: `n` tokens are `n` steps. For other
/// servers the steps inside `completion_time` are unknown.
pub fn usage_timing(usage: &Value, dialect: Dialect) -> Option<ServerTiming> {
    let nanos = |key: &str| {
        let seconds = usage.get(key)?.as_f64()?;
        nanos_of_millis(seconds * 1e3).filter(|nanos| *nanos > 0)
    };
    let (prompt_ns, decode_ns) = (nanos("prompt_time"), nanos("completion_time"));
    let queue_ns = nanos("queue_time");
    if prompt_ns.is_none() && decode_ns.is_none() && queue_ns.is_none() {
        return None;
    }
    let counts = usage_of(usage).unwrap_or_default();
    let processed = counts.prompt_tokens.zip(counts.cached_tokens);
    Some(ServerTiming {
        prompt_ns,
        prompt_tokens: processed.and_then(|(prompt, cached)| prompt.checked_sub(cached)),
        decode_ns,
        decode_gaps: counts
            .output_tokens
            .filter(|gaps| dialect == Dialect::TabbyApi && decode_ns.is_some() && *gaps > 0),
        queue_ns,
        ..ServerTiming::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rounded_and_worded_times_are_unknown() {
        let usage = json!({
            "prompt_tokens": 500, "completion_tokens": 16, "prompt_time": 0.0,
            "prompt_tokens_per_sec": "Indeterminate", "completion_time": "Indeterminate",
        });
        assert_eq!(usage_timing(&usage, Dialect::TabbyApi), None);
        assert_eq!(usage_timing(&json!({ "prompt_tokens": 5 }), Dialect::Generic), None);
    }

    #[test]
    fn steps_are_counted_where_their_meaning_is_known() {
        let usage = json!({
            "prompt_tokens": 500, "completion_tokens": 16, "prompt_time": 0.25,
            "completion_time": 0.4, "queue_time": 0.01, "cached_tokens": 256,
        });
        let tabby = usage_timing(&usage, Dialect::TabbyApi).unwrap();
        assert_eq!((tabby.prompt_ns, tabby.prompt_tokens), (Some(250_000_000), Some(244)));
        assert_eq!((tabby.decode_ns, tabby.decode_gaps), (Some(400_000_000), Some(16)));
        assert_eq!(tabby.queue_ns, Some(10_000_000));
        let other = usage_timing(&usage, Dialect::Generic).unwrap();
        assert_eq!((other.decode_ns, other.decode_gaps), (Some(400_000_000), None));
    }
}
