//! S1: the memory that a toolkit expects of its 3.2 B model in 4 bits.

use tachograph_metrics::roofline::{GB, GIB, KvCache, overhead_bytes, project, weight_bytes};

/// S1.65: 1.7 to 1.8 GB of weights are 3.2 B weights of 4.5 bits, once read as
/// GiB and once as GB: 4 bits, and a scale and an offset for every 64.
#[test]
fn s1_65_the_range_of_the_weights_is_one_number_in_two_units() {
    let bytes = weight_bytes(3_200_000_000, 4.0 + 32.0 / 64.0).unwrap();
    assert_eq!(bytes, 1_800_000_000);
    assert_eq!(bytes as f64 / GB, 1.8);
    assert_eq!(format!("{:.1}", bytes as f64 / GIB), "1.7");
}

/// S1.66, S1.67: 2.4 to 2.6 GB at 4 K and 2.8 to 3.2 GB at 64 K. What lies
/// between takes 6.5 to 9.8 kB per token. A projection that is fitted at 4 K
/// then lands in the range at 64 K, with an overhead that is not negative.
#[test]
fn s1_67_the_totals_follow_from_a_cache_that_grows_by_the_token() {
    let (short, long) = (4096_u64, 65_536_u64);
    let weights = 1_800_000_000;
    for (at_4k, at_64k, per_token) in
        [(2_400_000_000_u64, 2_800_000_000_u64, 6510), (2_600_000_000, 3_200_000_000, 9765)]
    {
        let bytes_per_token = (at_64k - at_4k) / (long - short);
        assert_eq!(bytes_per_token, per_token);
        let cache = KvCache { bytes_per_token, block_tokens: 1 };
        let kv = cache.used(1, short).unwrap();
        let overhead = overhead_bytes(at_4k, weights, kv).unwrap();
        let projected = project(weights, &cache, Some(overhead), 1, &[short, long]);
        assert_eq!(projected[0].total(), Some(at_4k));
        let total = projected[1].total().unwrap();
        assert!(total <= at_64k && at_64k - total < long, "{total}, up to the rounding");
    }
}

/// S1.33: the sustained decode rate is tokens ÷ time, so its inverse is the
/// mean time per token: 30 to 80 tok/s (S1.64) are 33.3 to 12.5 ms.
#[test]
fn s1_64_the_range_of_decode_in_milliseconds() {
    let ms = |rate: f64| format!("{:.1}", 1000.0 / rate);
    assert_eq!((ms(30.0), ms(80.0)), ("33.3".into(), "12.5".into()));
}
