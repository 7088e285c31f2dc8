//! What people call a metric, and how its value is written.

use tachograph_model::Metric;

use crate::number::{self, UNMEASURED};

/// Metrics that have a name of their own, in the order in which they are shown:
/// the name in JSON, the name in a list, the head of a column.
const KNOWN: &[(&str, &str, &str)] = &[
    ("ttft_ms", "TTFT", "TTFT"),
    ("ttfo_ms", "first visible text", "TTFO"),
    ("prefill_tps", "prefill", "prefill"),
    ("client_prefill_tps", "prefill, own clock", "own prefill"),
    ("server_prefill_tps", "prefill, server's clock", "srv prefill"),
    ("decode_tps", "decode", "decode"),
    ("server_decode_tps", "decode, server's clock", "srv decode"),
    ("tpot_ms", "TPOT", "TPOT"),
    ("decode_p50_latency_ms", "decode latency p50", "p50"),
    ("decode_p95_latency_ms", "decode latency p95", "p95"),
    ("decode_p99_latency_ms", "decode latency p99", "p99"),
    ("best_streams", "best number of streams", "best"),
    ("aggregate_tps", "all streams together", "together"),
    ("stream_tps", "each stream", "each"),
    ("stream_e2e_tps", "each stream, with TTFT", "w/TTFT"),
    ("efficiency", "efficiency", "effic."),
    ("ttft_spread_ms", "spread of TTFT", "spread"),
    ("context_tokens", "context of these figures", "context"),
    ("prefill_kept", "prefill kept", "kept"),
    ("decode_kept", "decode kept", "kept"),
    ("prefill_kept_per_doubling", "prefill kept per doubling", "kept"),
    ("decode_kept_per_doubling", "decode kept per doubling", "kept"),
    ("e2e_ms", "end to end", "end to end"),
    ("response_ms", "end to end, as scheduled", "response"),
    ("connect_ms", "connect", "connect"),
    ("model_ms", "time in the model", "model"),
    ("wall_ms", "wall time", "wall"),
    ("prompt_tokens", "prompt tokens", "prompt"),
    ("cached_tokens", "cached tokens", "cached"),
    ("new_tokens", "new tokens", "new"),
    ("output_tokens", "output tokens", "output"),
    ("prefix_cache_hit_rate", "prefix-cache hits", "cache hits"),
    ("requests", "requests answered", "requests"),
    ("failed_requests", "requests failed", "failed"),
    ("ideal_cache_hit_rate", "ideal prefix-cache hits", "ideal"),
    ("cache_hit_of_ideal", "hits, of the ideal", "of ideal"),
    ("prefill_amplification", "prefill amplification", "amplified"),
    ("cold_ttft_ms", "TTFT, cold", "cold"),
    ("warm_ttft_ms", "TTFT, warm", "warm"),
    ("cold_over_warm_ttft", "TTFT, cold over warm", "cold/warm"),
    ("turn_p50_ms", "time of a turn p50", "p50"),
    ("turn_p95_ms", "time of a turn p95", "p95"),
    ("worst_turn", "slowest turn", "slowest"),
    ("total_prompt_tokens", "prompt tokens in all", "prompt"),
    ("total_output_tokens", "output tokens in all", "output"),
    ("tool_call_validity", "tool calls with valid JSON", "valid"),
    ("prefix_stable", "prompts that begin with their past", "stable"),
    ("turn_ms", "time of a turn", "time"),
    ("output_asked", "output tokens asked for", "asked"),
    ("prompt_tps", "prompt tokens a second", "prompt"),
    ("latency_mean_ms", "mean latency", "mean"),
    ("latency_std_ms", "standard deviation of latency", "std"),
    ("mean_per_token_ms", "mean time of a token", "a token"),
    ("output_tps", "output with prefill", "w/prefill"),
    ("utilization", "share of the memory roof", "of roof"),
    ("single_tps", "one request", "single"),
    ("sequential_tps", "requests in a row", "in a row"),
    ("concurrent_tps", "requests together", "together"),
    ("concurrent_speedup", "together over in a row", "speed-up"),
    ("end_to_end_ms", "whole answer", "whole"),
    ("end_to_end_tokens", "tokens of the whole answer", "tokens"),
    ("end_to_end_from_parts_ms", "whole answer from its parts", "from parts"),
    ("end_to_end_over_parts", "whole answer over its parts", "over parts"),
    ("tokens_used", "tokens in the KV cache", "used"),
    ("tokens_allocated", "tokens set aside", "set aside"),
    ("kv_used_bytes", "KV cache in use", "KV used"),
    ("kv_allocated_bytes", "KV cache set aside", "KV set aside"),
    ("decode_forward_ms", "decode forward", "forward"),
    ("decode_forward_tps", "decode forward rate", "forward"),
    ("true_tps", "tokens over wall time", "true"),
    ("total_wall_ms", "wall time in all", "wall"),
    ("decode_p50_mean_ms", "mean of the runs' p50", "mean p50"),
    ("decode_p95_mean_ms", "mean of the runs' p95", "mean p95"),
    ("bytes_touched", "bytes touched", "touched"),
    ("working_set_coverage", "share of the weights touched", "coverage"),
    ("rss_peak_bytes", "memory of the backend, peak", "memory peak"),
    ("rss_floor_bytes", "memory of the backend, floor", "memory floor"),
    ("rss_delta_bytes", "memory of the backend, growth", "growth"),
    ("pss_peak_bytes", "memory, shared pages divided", "PSS peak"),
    ("vms_peak_bytes", "address space, peak", "VMS peak"),
    ("peak_memory_bytes", "memory peak", "peak"),
    ("active_memory_bytes", "memory at the end", "active"),
    ("temperature_c", "temperature", "°C"),
    ("minor_faults", "page faults without a disk", "minflt"),
    ("major_faults", "page faults with a disk", "majflt"),
    ("swap_in_bytes", "read back from swap", "swap in"),
    ("swap_out_bytes", "written to swap", "swap out"),
    ("effective_bandwidth", "effective bandwidth", "bandwidth"),
];

/// Where a metric stands among others; unknown ones come last, by name.
pub(crate) fn position(name: &str) -> usize {
    KNOWN.iter().position(|(known, ..)| *known == name).unwrap_or(KNOWN.len())
}

/// Whether a metric has a name of its own.
pub(crate) fn known(name: &str) -> bool {
    KNOWN.iter().any(|(known, ..)| *known == name)
}

/// What a list calls a metric.
pub(crate) fn label(name: &str) -> String {
    KNOWN
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or_else(|| words(name), |(_, label, _)| (*label).to_owned())
}

/// What the head of a column calls a metric.
pub(crate) fn head(name: &str) -> String {
    KNOWN
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or_else(|| words(name), |(.., head)| (*head).to_owned())
}

/// An unknown name in words, without the unit at its end.
fn words(name: &str) -> String {
    let bare = ["_ms", "_tps", "_ns", "_bytes"]
        .iter()
        .find_map(|unit| name.strip_suffix(unit))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name);
    bare.replace('_', " ")
}

/// How the values of one unit are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Three to four digits.
    Short,
    /// Whole numbers in full.
    Whole,
    /// A share of one, as percent.
    Percent,
    /// Bytes, in mebibytes.
    Bytes,
    /// Bytes a second, in gigabytes (10⁹) a second, as bandwidth is published.
    Rate,
}

/// The notation of a metric and the unit that is shown with it.
pub(crate) fn notation(name: &str, unit: &str) -> (Notation, String) {
    const SHARES: &[&str] = &[
        "rate",
        "share",
        "efficiency",
        "validity",
        "valid_json",
        "held",
        "kept",
        "of_ideal",
        "stable",
        "utilization",
        "coverage",
    ];
    match unit {
        "ratio" if SHARES.iter().any(|word| name.contains(word)) => {
            (Notation::Percent, "%".to_owned())
        }
        "ratio" => (Notation::Short, "×".to_owned()),
        "tokens" => (Notation::Whole, unit.to_owned()),
        "count" => (Notation::Whole, String::new()),
        "bytes" => (Notation::Bytes, "MiB".to_owned()),
        "bytes/s" => (Notation::Rate, "GB/s".to_owned()),
        "celsius" => (Notation::Short, "°C".to_owned()),
        _ => (Notation::Short, unit.to_owned()),
    }
}

impl Notation {
    /// The value in the unit that is shown.
    pub(crate) fn scale(self, value: f64) -> f64 {
        match self {
            Self::Percent => value * 100.0,
            Self::Bytes => value / f64::from(1 << 20),
            Self::Rate => value / 1e9,
            Self::Short | Self::Whole => value,
        }
    }

    /// A scaled value as text, with its own number of decimals.
    pub(crate) fn text(self, scaled: f64) -> String {
        if !scaled.is_finite() {
            return UNMEASURED.to_owned();
        }
        number::fixed(scaled, self.decimals(scaled))
    }

    /// Decimals that a scaled value deserves.
    pub(crate) fn decimals(self, scaled: f64) -> usize {
        match self {
            Self::Percent => usize::from(scaled != 0.0 && scaled < 99.95),
            // Counts are whole unless they are means.
            Self::Whole if scaled.fract() == 0.0 || scaled >= 1_000.0 => 0,
            Self::Whole => 1,
            Self::Bytes | Self::Rate | Self::Short => number::decimals(scaled),
        }
    }
}

/// The value of a metric and its unit, as a list shows them.
///
/// Long times in milliseconds are shown in seconds.
pub(crate) fn value(name: &str, metric: &Metric) -> Option<(String, String)> {
    let value = metric.value.filter(|value| value.is_finite())?;
    let (notation, unit) = notation(name, &metric.unit);
    if unit == "ms" && value >= 10_000.0 {
        return Some((notation.text(value / 1e3), "s".to_owned()));
    }
    Some((notation.text(notation.scale(value)), unit))
}

/// The ends of a metric's interval in the unit of its value.
pub(crate) fn interval(name: &str, metric: &Metric) -> Option<String> {
    let interval = metric.interval.as_ref()?;
    let (notation, unit) = notation(name, &metric.unit);
    let long = unit == "ms" && metric.value.is_some_and(|value| value >= 10_000.0);
    let scale = |end: f64| if long { end / 1e3 } else { notation.scale(end) };
    let (low, high) = (scale(interval.low), scale(interval.high));
    Some(format!("{} … {}", notation.text(low), notation.text(high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachograph_model::{Interval, MetricSource};

    fn metric(value: f64, unit: &str) -> Metric {
        Metric::measured(value, unit, 5, MetricSource::Client)
    }

    fn shown(name: &str, value: f64, unit: &str) -> String {
        let (text, unit) = super::value(name, &metric(value, unit)).unwrap();
        format!("{text} {unit}")
    }

    #[test]
    fn values_with_their_units() {
        assert_eq!(shown("ttft_ms", 31.24, "ms"), "31.2 ms");
        assert_eq!(shown("wall_ms", 83_400.0, "ms"), "83.4 s");
        assert_eq!(shown("decode_tps", 8_421.4, "tok/s"), "8,421 tok/s");
        assert_eq!(shown("prompt_tokens", 131_072.0, "tokens"), "131,072 tokens");
        assert_eq!(shown("output_tokens", 255.5, "tokens"), "255.5 tokens");
        assert_eq!(shown("prefix_cache_hit_rate", 0.846, "ratio"), "84.6 %");
        assert_eq!(shown("efficiency", 1.0, "ratio"), "100 %");
        assert_eq!(shown("prefill_amplification", 1.183, "ratio"), "1.18 ×");
        assert_eq!(shown("peak_rss_bytes", 1_073_741_824.0, "bytes"), "1,024 MiB");
        assert_eq!(
            super::value("x", &Metric::unmeasured("ms", 0, MetricSource::Client, "no")),
            None
        );
    }

    #[test]
    fn intervals_keep_the_unit_of_the_value() {
        let mut long = metric(12_000.0, "ms");
        long.interval = Some(Interval { low: 9_900.0, high: 12_500.0, method: "range".into() });
        assert_eq!(interval("wall_ms", &long).as_deref(), Some("9.90 … 12.5"));
        assert_eq!(interval("wall_ms", &metric(1.0, "ms")), None);
    }

    #[test]
    fn names_in_words() {
        assert_eq!(label("ttft_ms"), "TTFT");
        assert_eq!(label("tool_call_count"), "tool call count");
        assert_eq!(head("queue_time_ms"), "queue time");
        assert_eq!(label("_ms"), " ms", "a name that is a unit only keeps it");
        assert!(position("ttft_ms") < position("decode_tps"));
        assert!(position("decode_tps") < position("zzz"));
    }
}
