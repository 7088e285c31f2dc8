//! S0: the printed report and the sample submission of a device profile.

use tachograph_metrics::roofline::{GB, GIB};

use crate::Rounded;

fn printed(text: &str) -> Rounded {
    Rounded::printed(text)
}

/// S0.18, S0.65, S0.68: the throughput is 1000 ÷ TPOT in all three samples.
#[test]
fn s0_18_throughput_is_the_inverse_of_tpot() {
    for (tpot_ms, tokens_per_s) in [("25.8", "38.7"), ("24.2", "41.3"), ("35.0", "28.6")] {
        let rate = Rounded::exact(1000.0) / printed(tpot_ms);
        assert!(rate.meets(printed(tokens_per_s)), "{tpot_ms} ms and {tokens_per_s} tok/s");
    }
}

/// S0.22: the peak of 4,509,715,456 B is printed as 4.2 GB, which is GiB.
#[test]
fn s0_22_the_peak_memory_is_in_gib() {
    let bytes = Rounded::exact(4_509_715_456.0);
    assert!((bytes / Rounded::exact(GIB)).meets(printed("4.2")));
    assert!(!(bytes / Rounded::exact(GB)).meets(printed("4.2")));
    assert!((bytes / Rounded::exact(GB)).meets(printed("4.5")), "the right GB");
}

/// S0.12, S0.88: inconsistent. RAM of 18,253,611,008 B is exactly 17 GiB and
/// rounds to 18 GB, while the peak memory of the same report is in GiB. A
/// machine that is sold with 18 GB has 18 GiB, which is another number.
#[test]
fn s0_12_the_ram_is_in_another_unit_than_the_peak() {
    let ram = 18_253_611_008_u64;
    assert_eq!(ram, 17 << 30);
    assert!((Rounded::exact(ram as f64) / Rounded::exact(GB)).meets(printed("18")));
    assert_eq!(18_u64 << 30, 19_327_352_832, "what such a machine has");
}

/// S0.14, S0.92: inconsistent. An average latency of 55.2 ms cannot be that of
/// a request whose first token takes 142.3 ms; by the sample's own TTFT, TPOT
/// and 128 tokens it takes 3.4 s. Nor is it a token's 25.8 ms.
#[test]
fn s0_14_the_latency_is_not_end_to_end() {
    let end_to_end = printed("142.3") + Rounded::exact(127.0) * printed("25.8");
    assert!(end_to_end.low > 3412.0 && end_to_end.high < 3426.0, "{end_to_end:?}");
    assert!(printed("55.2").high < printed("142.3").low);
    assert!(!printed("55.2").meets(printed("25.8")));
}
