//! Whether the figures of a row agree with one another.

use tachograph_model::Submission;

/// How far the stated rate may be from that which TPOT implies: one is a mean of
/// rates and the other a rate of means, and some count the first token.
const RATE_BAND: f64 = 0.25;

/// What speaks against a row; nothing when all that it states can be true.
///
/// That a row agrees with itself does not show that it was measured.
pub fn doubts(row: &Submission) -> Vec<String> {
    let mut doubts = Vec::new();
    if row.iterations == 0 {
        doubts.push("it has no iteration".to_owned());
    }
    let figures = [
        ("min_latency_ms", row.min_latency_ms),
        ("p50_latency_ms", row.p50_latency_ms),
        ("p90_latency_ms", row.p90_latency_ms),
        ("p95_latency_ms", row.p95_latency_ms),
        ("p99_latency_ms", row.p99_latency_ms),
        ("max_latency_ms", row.max_latency_ms),
        ("avg_latency_ms", row.avg_latency_ms),
        ("ttft_ms", row.ttft_ms),
        ("tpot_ms", row.tpot_ms),
        ("avg_tokens_per_second", row.avg_tokens_per_second),
        ("peak_tokens_per_second", row.peak_tokens_per_second),
    ];
    for (name, value) in figures {
        if value.is_some_and(|value| !value.is_finite() || value <= 0.0) {
            doubts.push(format!("{name} is not above zero"));
        }
    }
    let counts = [
        ("model_size_bytes", row.model_size_bytes),
        ("ram_total_bytes", row.ram_total_bytes),
        ("prompt_tokens", row.prompt_tokens),
        ("completion_tokens", row.completion_tokens),
        ("peak_memory_bytes", row.peak_memory_bytes),
    ];
    for (name, value) in counts {
        if value == Some(0) {
            doubts.push(format!("{name} is zero"));
        }
    }
    // The first six are in order, wherever some are missing.
    let ordered: Vec<(&str, f64)> =
        figures[..6].iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    for pair in ordered.windows(2) {
        if pair[0].1 > pair[1].1 {
            doubts.push(format!("{} is above {}", pair[0].0, pair[1].0));
        }
    }
    let above =
        |low: Option<f64>, high: Option<f64>| matches!((low, high), (Some(l), Some(h)) if l > h);
    if above(row.min_latency_ms, row.avg_latency_ms)
        || above(row.avg_latency_ms, row.max_latency_ms)
    {
        doubts.push("avg_latency_ms lies outside of min and max".to_owned());
    }
    if above(row.avg_tokens_per_second, row.peak_tokens_per_second) {
        doubts.push("avg_tokens_per_second is above peak_tokens_per_second".to_owned());
    }
    if let (Some(rate), Some(tpot)) = (row.avg_tokens_per_second, row.tpot_ms) {
        let implied = 1e3 / tpot;
        if (rate - implied).abs() > RATE_BAND * implied {
            doubts.push(format!(
                "avg_tokens_per_second is {rate}, and a tpot_ms of {tpot} makes it {implied:.1}"
            ));
        }
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The API's own example: its latency is below its TTFT (T2), so the two are
    /// not compared.
    fn example() -> Submission {
        serde_json::from_str(
            r#"{"model":"phi-4-mini","backend":"llama.cpp","platform":"darwin","arch":"arm64",
            "iterations":10,"avg_latency_ms":55.2,"p50_latency_ms":51.8,"p95_latency_ms":72.4,
            "p99_latency_ms":89.1,"ttft_ms":142.3,"tpot_ms":25.8,"avg_tokens_per_second":38.7,
            "peak_tokens_per_second":42.1,"peak_memory_bytes":4509715456,"source":"manual"}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_row_that_agrees_with_itself_raises_no_doubt() {
        assert_eq!(doubts(&example()), [""; 0]);
    }

    /// S0.94, S0.98, S0.99.
    #[test]
    fn each_contradiction_is_named() {
        type Change = fn(&mut Submission);
        let changes: [(Change, &str); 10] = [
            (|row| row.iterations = 0, "no iteration"),
            (|row| row.ttft_ms = Some(0.0), "ttft_ms is not above zero"),
            (|row| row.peak_memory_bytes = Some(0), "peak_memory_bytes is zero"),
            (|row| row.p50_latency_ms = Some(80.0), "p50_latency_ms is above p95_latency_ms"),
            (|row| row.p99_latency_ms = Some(60.0), "p95_latency_ms is above p99_latency_ms"),
            (|row| row.p95_latency_ms = Some(-1.0), "p95_latency_ms is not above zero"),
            (|row| row.max_latency_ms = Some(80.0), "p99_latency_ms is above max_latency_ms"),
            (|row| row.min_latency_ms = Some(56.0), "outside of min and max"),
            (|row| row.peak_tokens_per_second = Some(38.0), "above peak_tokens_per_second"),
            (|row| row.tpot_ms = Some(2.58), "makes it 387.6"),
        ];
        for (change, want) in changes {
            let mut row = example();
            change(&mut row);
            let found = doubts(&row).join("; ");
            assert!(found.contains(want), "{want}: {found}");
        }
    }
}
