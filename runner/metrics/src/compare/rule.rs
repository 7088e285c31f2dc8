//! What is good in a figure, and how small a difference nobody notices.

use serde::Serialize;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Rates.
    Higher,
    /// Times.
    Lower,
}

/// How a figure is judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rule {
    /// Which way is better.
    pub direction: Direction,
    /// The practical band, a share: ratios between 1 ÷ (1 + band) and 1 + band
    /// are as good as equal.
    pub band: f64,
    /// Whether the overall verdict counts this figure.
    pub deciding: bool,
}

/// The band of rates and of TPOT, which is the inverse of one.
const RATE: f64 = 0.03;
/// The band of times.
const TIME: f64 = 0.05;

/// The figures that the overall verdict counts.
const DECIDING: [&str; 5] = ["ttft_ms", "prefill_tps", "decode_tps", "aggregate_tps", "model_ms"];

/// Ratios that are better when higher.
const HIGHER: [&str; 9] = [
    "efficiency",
    "prefill_kept",
    "decode_kept",
    "prefill_kept_per_doubling",
    "decode_kept_per_doubling",
    "prefix_cache_hit_rate",
    "cache_hit_of_ideal",
    "tool_call_validity",
    "goodput",
];

/// How a figure of that name and unit is judged; none where neither way is
/// better, as with counts of tokens.
///
/// | figures | better | band |
/// |---|---|---|
/// | `tok/s` | higher | 3 % |
/// | `tpot_ms` | lower | 3 % |
/// | other `ms` and `s` | lower | 5 % |
/// | shares such as efficiency and hit rate | higher | 3 % |
/// | `prefill_amplification` | lower | 3 % |
pub fn rule(name: &str, unit: &str) -> Option<Rule> {
    use Direction::{Higher, Lower};
    let (direction, band) = match (unit, name) {
        ("tok/s", _) => (Higher, RATE),
        (_, "tpot_ms" | "prefill_amplification") => (Lower, RATE),
        ("ms" | "s", _) => (Lower, TIME),
        ("ratio", name) if HIGHER.contains(&name) => (Higher, RATE),
        _ => return None,
    };
    Some(Rule { direction, band, deciding: DECIDING.contains(&name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_of_good() {
        let of = |name, unit| rule(name, unit).map(|rule| (rule.direction, rule.band));
        assert_eq!(of("decode_tps", "tok/s"), Some((Direction::Higher, 0.03)));
        assert_eq!(of("ttft_ms", "ms"), Some((Direction::Lower, 0.05)));
        assert_eq!(of("tpot_ms", "ms"), Some((Direction::Lower, 0.03)));
        assert_eq!(of("prefix_cache_hit_rate", "ratio"), Some((Direction::Higher, 0.03)));
        assert_eq!(of("prefill_amplification", "ratio"), Some((Direction::Lower, 0.03)));
        assert_eq!(of("prompt_tokens", "tokens"), None);
        assert_eq!(of("cold_over_warm_ttft", "ratio"), None);
        assert!(rule("decode_tps", "tok/s").unwrap().deciding);
        assert!(!rule("e2e_ms", "ms").unwrap().deciding, "TTFT and decode say it already");
    }
}
