//! S2: theoretical limits, throughput and scaling of four phases.

use tachograph_metrics::roofline::{
    BytesPerSecond, GIB, TokenBytes, max_decode_rate, min_tpot, utilization,
};
use tachograph_metrics::{TokensPerSecond, efficiency};

use crate::Rounded;

fn printed(text: &str) -> Rounded {
    Rounded::printed(text)
}

/// 120 GB/s.
const BANDWIDTH: BytesPerSecond = BytesPerSecond(120e9);

/// The model of 2.05 GiB.
fn model() -> TokenBytes {
    TokenBytes::dense((2.05 * GIB) as u64)
}

/// S2.9, S2.10: 55 tok/s and 18.3 ms from 120 GB/s (decimal) and a model of
/// "2.05 GB" that is GiB: 1.1 B weights of 2 bytes.
#[test]
fn s2_9_the_roof_is_55_tokens_per_second_and_18_3_ms() {
    let bytes = model().at(0).unwrap();
    let TokensPerSecond(rate) = max_decode_rate(BANDWIDTH, bytes).unwrap();
    assert_eq!(format!("{rate:.0}"), "55");
    assert_eq!(format!("{rate:.2}"), "54.52");
    assert_eq!(format!("{:.1}", min_tpot(BANDWIDTH, bytes).unwrap().as_ms()), "18.3");
    let weights = Rounded::exact(1_100_048_384.0 * 2.0);
    assert!((weights / Rounded::exact(GIB)).meets(printed("2.05")), "TinyLlama's own count");
}

/// S2.9: read as decimal, the same "2.05 GB" would give 59 tok/s and 17.1 ms.
#[test]
fn s2_9_the_units_matter() {
    let TokensPerSecond(rate) = max_decode_rate(BANDWIDTH, 2_050_000_000).unwrap();
    assert_eq!(format!("{rate:.0}"), "59");
    assert_eq!(format!("{:.1}", min_tpot(BANDWIDTH, 2_050_000_000).unwrap().as_ms()), "17.1");
}

/// S2.22: utilization is tok/s over the roof, in all four phases.
#[test]
fn s2_22_utilization_is_the_share_of_the_roof() {
    let roof = max_decode_rate(BANDWIDTH, model().weights).unwrap();
    for (rate, percent) in [
        ("4.9", "8.9"),
        ("4.7", "8.7"),
        ("4.7", "8.6"),
        ("1.7", "3.2"),
        ("3.6", "6.6"),
        ("1.7", "3.0"),
        ("1.7", "3.1"),
        ("1.2", "2.2"),
        ("2.7", "4.9"),
    ] {
        let rate = printed(rate);
        let share = |rate| utilization(TokensPerSecond(rate), roof).unwrap() * 100.0;
        let percents = Rounded { low: share(rate.low), high: share(rate.high) };
        assert!(percents.meets(printed(percent)), "{rate:?} tok/s, {percent} %");
    }
}

/// S2.24: concurrent over sequential.
#[test]
fn s2_24_the_speed_up_of_five_requests() {
    for (concurrent, sequential, factor) in [
        ("4.7", "4.7", "1.00"),
        ("3.6", "1.7", "2.06"),
        ("3.6", "1.7", "2.12"),
        ("2.7", "1.2", "2.21"),
    ] {
        let ratio = printed(concurrent) / printed(sequential);
        assert!(ratio.meets(printed(factor)), "{concurrent} over {sequential}: {factor}");
    }
}

/// S2.25: tok/s by context is 10 tokens ÷ time, prefill included.
#[test]
fn s2_25_throughput_by_context_counts_prefill() {
    for (seconds, rate) in [
        ("4.03", "2.5"),
        ("7.35", "1.4"),
        ("10.06", "1.0"),
        ("11.25", "0.9"),
        ("12.03", "0.8"),
        ("29.61", "0.3"),
        ("52.77", "0.2"),
        ("99.77", "0.1"),
        ("12.54", "0.8"),
        ("31.07", "0.3"),
        ("52.08", "0.2"),
        ("15.32", "0.7"),
        ("38.07", "0.3"),
        ("62.74", "0.2"),
        ("127.27", "0.1"),
    ] {
        let tokens_per_s = Rounded::exact(10.0) / printed(seconds);
        assert!(tokens_per_s.meets(printed(rate)), "10 tokens in {seconds} s: {rate}");
    }
}

/// S2.25: misleading. 10 tokens in 319.50 s are printed as 0.0 tok/s, which
/// reads as nothing; it is 0.031.
#[test]
fn s2_25_a_slow_rate_is_not_zero() {
    let rate = Rounded::exact(10.0) / printed("319.50");
    assert!(rate.meets(printed("0.0")) && rate.meets(printed("0.031")) && rate.low > 0.03);
}

/// S2.38: efficiency is tok/s(n) ÷ (n · tok/s(1)), in all four phases.
#[test]
fn s2_38_efficiency_against_one_request() {
    for (n, together, alone, percent) in [
        (1, "3.4", "3.4", "100.0"),
        (2, "4.1", "3.4", "60.8"),
        (4, "4.7", "3.4", "34.8"),
        (2, "2.2", "1.6", "68.7"),
        (4, "2.9", "1.6", "46.4"),
        (2, "2.1", "1.5", "71.1"),
        (4, "2.8", "1.5", "47.0"),
        (2, "1.5", "1.1", "68.4"),
        (4, "1.9", "1.1", "44.4"),
    ] {
        let (many, one) = (printed(together), printed(alone));
        let of =
            |many, one| efficiency(n, TokensPerSecond(many), TokensPerSecond(one)).unwrap() * 100.0;
        let range = Rounded { low: of(many.low, one.high), high: of(many.high, one.low) };
        assert!(range.meets(printed(percent)), "{together} of {n} against {alone}: {percent} %");
    }
}

/// S2.40: the best throughput is the largest of the row.
#[test]
fn s2_40_the_best_number_of_requests() {
    for (rows, best) in [([3.4, 4.1, 4.7], 4.7), ([1.6, 2.2, 2.9], 2.9), ([1.5, 2.1, 2.8], 2.8)] {
        assert_eq!(rows.into_iter().fold(0.0, f64::max), best);
    }
}
