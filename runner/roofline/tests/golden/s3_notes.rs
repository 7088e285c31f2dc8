//! S3: performance notes of three runs on one device.

use tachograph_metrics::roofline::{
    BytesPerSecond, Claim, TokenBytes, bytes_touched, effective_bandwidth, implausible,
    least_active_weights, max_decode_rate, working_set_coverage,
};
use tachograph_metrics::{Nanos, Share, TokensPerSecond};

use crate::Rounded;

/// Tokens and printed tok/s, p50 ms and p95 ms of the three runs.
const RUNS: [(u64, &str, &str, &str); 3] = [
    (384, "942.106", "1.061", "2.123"),
    (384, "935.700", "1.069", "2.137"),
    (384, "964.285", "1.037", "2.074"),
];
const BYTES_PER_TOKEN: u64 = 67_108_864;
const MODEL_BYTES: u64 = 13_761_264_768;

fn printed(text: &str) -> Rounded {
    Rounded::printed(text)
}

/// The three runs as tokens and time, the time from tokens and tok/s: the
/// printed walls have three digits only.
fn all() -> Share {
    let shares = RUNS.map(|(tokens, rate, ..)| {
        let seconds = tokens as f64 / rate.parse::<f64>().unwrap();
        Share { tokens, time: Nanos((seconds * 1e9).round() as u64) }
    });
    shares.into_iter().reduce(|a, b| a + b).unwrap()
}

/// S3.5, S3.6, S3.7: 1,152 tokens in 1.216 s are 947.207 tok/s, a rate of sums.
/// The mean of the rates would be 947.364.
#[test]
fn s3_7_true_tps_is_tokens_over_time() {
    let share = all();
    assert_eq!(share.tokens, 1152);
    assert_eq!(format!("{:.3}", share.time.as_s()), "1.216");
    let rate = share.rate().unwrap().0;
    assert!((rate - 947.207).abs() < 0.001, "{rate}: the inputs have six digits");
    assert!((Rounded::exact(1152.0) / printed("1.216")).meets(printed("947.207")));
    let mean = RUNS.map(|(_, rate, ..)| rate.parse::<f64>().unwrap()).iter().sum::<f64>() / 3.0;
    assert_eq!(format!("{mean:.3}"), "947.364", "not the figure");
    for ((tokens, rate, ..), wall) in RUNS.into_iter().zip(["0.408", "0.410", "0.398"]) {
        assert!((Rounded::exact(tokens as f64) / printed(rate)).meets(printed(wall)));
    }
}

/// S3.8, S3.9: the means of the runs' p50 and p95.
#[test]
fn s3_8_the_percentiles_are_means_over_the_runs() {
    let three = Rounded::exact(3.0);
    let [a, b, c] = RUNS.map(|(_, _, p50, _)| printed(p50));
    assert!(((a + b + c) / three).meets(printed("1.056")));
    let [a, b, c] = RUNS.map(|(_, _, _, p95)| printed(p95));
    assert!(((a + b + c) / three).meets(printed("2.111")));
}

/// S3.9: not measured. In each run the p50 is the mean, 1000 ÷ tok/s, and the
/// p95 is twice that, to the last digit: neither is a percentile of latencies.
#[test]
fn s3_9_the_p95_is_twice_the_mean_and_no_percentile() {
    for (_, rate, p50, p95) in RUNS {
        let mean = Rounded::exact(1000.0) / printed(rate);
        assert!(mean.meets(printed(p50)), "{p50}");
        assert!((mean + mean).meets(printed(p95)), "{p95}");
    }
}

/// S3.10, S3.11, S3.21: mean and maximum of RSS, sums of the faults.
#[test]
fn s3_10_memory_and_faults_over_the_runs() {
    let [a, b, c] = ["94.262", "94.387", "94.746"].map(printed);
    assert!(((a + b + c) / Rounded::exact(3.0)).meets(printed("94.465")));
    assert_eq!([94.262_f64, 94.387, 94.746].into_iter().fold(0.0, f64::max), 94.746);
    assert_eq!([5882, 5872, 5874].iter().sum::<u64>(), 17_628);
    assert_eq!([2, 0, 0].iter().sum::<u64>(), 2);
}

/// S3.13, S3.14, S3.16: 67.1 MB per token (decimal; 64 MiB), 77.3 GB in all,
/// 63.57 GB/s.
#[test]
fn s3_16_effective_bandwidth_is_bytes_touched_over_time() {
    assert_eq!(BYTES_PER_TOKEN, 64 << 20);
    assert!((Rounded::exact(BYTES_PER_TOKEN as f64 / 1e6)).meets(printed("67.1")));
    let touched = bytes_touched(BYTES_PER_TOKEN, all().tokens).unwrap();
    assert_eq!(touched, 77_309_411_328);
    assert!(Rounded::exact(touched as f64 / 1e9).meets(printed("77.3")));
    let bandwidth = effective_bandwidth(BYTES_PER_TOKEN, all()).unwrap();
    assert_eq!(format!("{:.2}", bandwidth.as_gb()), "63.57");
}

/// S3.15: working-set coverage.
#[test]
fn s3_15_a_token_touches_half_a_percent_of_the_model() {
    let coverage = working_set_coverage(BYTES_PER_TOKEN, MODEL_BYTES).unwrap();
    assert_eq!(format!("{coverage:.6}"), "0.004877");
}

/// S3.16: implausible. The bytes per token are a parameter (S3.42), not a
/// measurement. The model is gpt-oss-20b, which uses 4 of 32 experts: a token
/// reads 1.7 GB at the least, twenty-five times as much. The processor's two
/// channels of LPDDR5-5200 give 83.2 GB/s, so at most 48 tok/s, and 947 is
/// flagged. The 63.57 GB/s look plausible only because the bytes are too few.
#[test]
fn s3_16_the_rate_is_above_the_roof() {
    let bandwidth = BytesPerSecond(2.0 * 64.0 / 8.0 * 5200e6);
    assert_eq!(bandwidth.as_gb(), 83.2);
    let least = least_active_weights(MODEL_BYTES, 32, 4).unwrap();
    assert_eq!((least, least / BYTES_PER_TOKEN), (1_720_158_096, 25));
    let TokensPerSecond(roof) = max_decode_rate(bandwidth, least).unwrap();
    assert_eq!(format!("{roof:.1}"), "48.4");
    let claim = Claim {
        rate: all().rate().unwrap(),
        streams: 1,
        tokens_per_pass: Some(1.0),
        // The processor's last-level cache.
        cache_bytes: Some(12 << 20),
    };
    let flag = implausible(&claim, bandwidth, &TokenBytes::dense(least)).unwrap();
    assert_eq!(flag.code, "implausible");
    assert!(flag.message.starts_with("947.2 tok/s would take 16"), "{}", flag.message);
    // The same rate with the bytes that the notes state is below the roof.
    assert_eq!(implausible(&claim, bandwidth, &TokenBytes::dense(BYTES_PER_TOKEN)), None);
}

/// S3.28, S3.29, S3.30: the artifacts and their share of the model.
#[test]
fn s3_29_the_artifacts_against_the_model() {
    let blobs = 368_340_480_u64 + 45_977_760 + 221_578_093;
    assert_eq!(blobs, 635_896_333);
    assert_eq!(format!("{:.6}", blobs as f64 / MODEL_BYTES as f64), "0.046209");
    assert_eq!(format!("{:.2} MB", MODEL_BYTES as f64 / 1e6), "13761.26 MB");
    assert_eq!(format!("{:.3} GB", MODEL_BYTES as f64 / 1e9), "13.761 GB");
}
