//! The highest rate that a memory allows.

use super::{BytesPerSecond, TokenBytes};
use crate::{Measured, Nanos, TokensPerSecond, Unmeasured};

/// The highest decode rate of one stream: bandwidth ÷ bytes read per token.
pub fn max_decode_rate(
    bandwidth: BytesPerSecond,
    bytes_per_token: u64,
) -> Measured<TokensPerSecond> {
    if bytes_per_token == 0 {
        return Err(Unmeasured::Other("the bytes read per token are not known".into()));
    }
    Ok(TokensPerSecond(bandwidth.positive()? / bytes_per_token as f64))
}

/// The highest decode rate of `streams` streams together, all at the same
/// depth: a pass reads the weights once and the KV cache of each stream, and
/// gives one token to each. For a mixture of experts this is an upper bound,
/// since streams that use different experts read more of them.
pub fn max_aggregate_rate(
    bandwidth: BytesPerSecond,
    bytes: &TokenBytes,
    depth: u64,
    streams: u32,
) -> Measured<TokensPerSecond> {
    let pass = bytes
        .in_batch(depth, streams)
        .ok_or_else(|| Unmeasured::Other("the size of the KV cache is not known".into()))?;
    let TokensPerSecond(passes) = max_decode_rate(bandwidth, pass)?;
    Ok(TokensPerSecond(passes * f64::from(streams)))
}

/// The least time per output token: 1 ÷ [`max_decode_rate`], to the nearest
/// nanosecond.
pub fn min_tpot(bandwidth: BytesPerSecond, bytes_per_token: u64) -> Measured<Nanos> {
    let TokensPerSecond(rate) = max_decode_rate(bandwidth, bytes_per_token)?;
    Ok(Nanos((1e9 / rate).round() as u64))
}

/// The share of the roof that a rate reaches: 1 is the roof.
pub fn utilization(rate: TokensPerSecond, roof: TokensPerSecond) -> Measured<f64> {
    if !(roof.0.is_finite() && roof.0 > 0.0) {
        return Err(Unmeasured::Other("the roof is not known".into()));
    }
    Ok(rate.0 / roof.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 100 GB/s and 1 GB a token: 100 tokens per second, 10 ms each.
    #[test]
    fn the_roof_is_bandwidth_over_bytes() {
        let bandwidth = BytesPerSecond::from_gb(100.0);
        let roof = max_decode_rate(bandwidth, 1_000_000_000).unwrap();
        assert_eq!(roof, TokensPerSecond(100.0));
        assert_eq!(min_tpot(bandwidth, 1_000_000_000), Ok(Nanos(10_000_000)));
        assert_eq!(utilization(TokensPerSecond(25.0), roof), Ok(0.25));
        assert!(max_decode_rate(bandwidth, 0).is_err());
        assert!(max_decode_rate(BytesPerSecond(0.0), 1).is_err());
        assert!(utilization(roof, TokensPerSecond(0.0)).is_err());
        assert!(utilization(roof, TokensPerSecond(f64::INFINITY)).is_err());
    }

    #[test]
    fn streams_share_the_weights_but_not_the_cache() {
        let bandwidth = BytesPerSecond(1e6);
        let bytes = TokenBytes { kv_per_token: Some(10), ..TokenBytes::dense(1000) };
        let together = |depth, streams| max_aggregate_rate(bandwidth, &bytes, depth, streams);
        assert_eq!(together(0, 16), Ok(TokensPerSecond(16_000.0)));
        assert_eq!(together(100, 1), Ok(TokensPerSecond(500.0)));
        assert_eq!(together(100, 4), Ok(TokensPerSecond(800.0)), "not 4 × 500");
        assert!(max_aggregate_rate(bandwidth, &TokenBytes::dense(1000), 100, 4).is_err());
    }

    proptest! {
        #[test]
        fn no_depth_and_no_stream_lifts_a_stream_above_its_roof(
            weights in 1_u64..1 << 40, kv in 0_u64..1 << 20, depth in 0_u64..1 << 20,
            streams in 1_u32..512,
        ) {
            let bandwidth = BytesPerSecond::from_gb(500.0);
            let bytes = TokenBytes { kv_per_token: Some(kv), ..TokenBytes::dense(weights) };
            let alone = max_aggregate_rate(bandwidth, &bytes, depth, 1).unwrap().0;
            let together = max_aggregate_rate(bandwidth, &bytes, depth, streams).unwrap().0;
            let empty = max_decode_rate(bandwidth, weights).unwrap().0;
            prop_assert!(alone <= empty * (1.0 + 1e-12));
            prop_assert!(together / f64::from(streams) <= alone * (1.0 + 1e-12));
            prop_assert!(together >= alone * (1.0 - 1e-12));
        }
    }
}
