//! What the memory allows, in a line.

use tachograph_model::Roof;

use crate::number::{UNMEASURED, bytes, duration, rate};

/// Bandwidth in decimal units, as makers publish it: `21.4 GB/s`.
fn bandwidth(bytes_per_s: u64) -> String {
    format!("{:.1} GB/s", bytes_per_s as f64 / 1e9)
}

/// The roof, when it is known: `at most 30.4 tok/s: 21.4 GB/s ÷ 700 MiB a token`.
pub(crate) fn short(roof: &Roof) -> Option<String> {
    let (most, of, token) =
        (roof.max_decode_tps?, roof.bandwidth_bytes_per_s?, roof.bytes_per_token?);
    Some(format!("at most {}: {} ÷ {} a token", rate(most), bandwidth(of), bytes(token)))
}

/// The roof and where it is from, or why it is not known.
pub(crate) fn line(roof: &Roof) -> String {
    let tpot = roof.min_tpot_ns.map(|ns| format!(", {} a token at least", duration(ns)));
    let triad = roof.triad_bytes_per_s.map(|of| format!(", triad {}", bandwidth(of)));
    match short(roof) {
        Some(text) => format!(
            "{text}{}; bandwidth {}{}; bytes: {}",
            tpot.unwrap_or_default(),
            roof.bandwidth_source,
            triad.unwrap_or_default(),
            roof.bytes_source,
        ),
        None if roof.bandwidth_bytes_per_s.is_none() => {
            format!("{UNMEASURED} {}", roof.bandwidth_source)
        }
        None => format!("{UNMEASURED} {}", roof.bytes_source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roof(weights: Option<u64>) -> Roof {
        Roof {
            bandwidth_bytes_per_s: Some(120_000_000_000),
            bandwidth_source: "published for Apple M4 (120 GB/s)".to_owned(),
            triad_bytes_per_s: None,
            bytes_per_token: weights,
            bytes_source: if weights.is_some() { "the weights" } else { "no file" }.to_owned(),
            max_decode_tps: weights.map(|bytes| 120e9 / bytes as f64),
            min_tpot_ns: weights.map(|bytes| bytes * 1_000_000_000 / 120_000_000_000),
        }
    }

    /// S2.8–S2.10: 120 GB/s over 2.05 GiB are 54.5 tok/s and 18.3 ms.
    #[test]
    fn the_roof_of_a_published_report() {
        let found = line(&roof(Some(2_201_170_739)));
        assert_eq!(
            found,
            "at most 54.5 tok/s: 120.0 GB/s ÷ 2.05 GiB a token, 18.3 ms a token at least; \
             bandwidth published for Apple M4 (120 GB/s); bytes: the weights"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(line(&roof(None)), "— no file");
        assert_eq!(short(&roof(None)), None);
    }
}
