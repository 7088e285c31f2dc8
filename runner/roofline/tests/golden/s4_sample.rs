//! S4: the sample of captured signals.

use crate::Rounded;

fn printed(text: &str) -> Rounded {
    Rounded::printed(text)
}

/// S4.67: 187.4 tok/s are 1000 ÷ the median decode latency of 5.3 ms.
#[test]
fn s4_67_the_decode_rate_agrees_with_the_median_latency() {
    assert!((Rounded::exact(1000.0) / printed("5.3")).meets(printed("187.4")));
}

/// S4.66: inconsistent. 128 tokens in a TTFT of 142.3 ms are 899.5 tok/s, not
/// 8421.1: prefill was timed by another clock than TTFT, which the sample does
/// not say. At 8421.1 tok/s the prompt took 15.2 ms of it.
#[test]
fn s4_66_the_prefill_rate_is_not_prompt_over_ttft() {
    let rate = Rounded::exact(128.0) / (printed("142.3") / Rounded::exact(1000.0));
    assert!(rate.meets(printed("899.5")) && !rate.meets(printed("8421.1")));
    let ms = Rounded::exact(128.0 * 1000.0) / printed("8421.1");
    assert!(ms.meets(printed("15.2")));
}

/// S4.72: TTFT and 255 further tokens at the decode rate take 1,503 ms of the
/// sample's wall time of 1,530 ms.
#[test]
fn s4_72_the_wall_time_holds_ttft_and_decode() {
    let decode = Rounded::exact(255.0 * 1000.0) / printed("187.4");
    let parts = printed("142.3") + decode;
    assert!(parts.meets(printed("1503.0")), "{parts:?}");
    assert!(parts.high < printed("1530").low && parts.low > 0.98 * 1530.0);
}
