//! S2: the timing breakdown.

use crate::Rounded;

/// S2.46: the shares are those of the time of all calls, not of the medians.
/// With one prefill, 19 decode passes and 20 samplings the printed shares come
/// out in all three phases.
#[test]
fn s2_46_the_shares_weigh_each_operation_by_its_calls() {
    for (decode, prefill, sampling, shares) in [
        (434.22, 2057.08, 11.48, ["78.3", "19.5", "2.2"]),
        (733.04, 5068.68, 10.89, ["72.5", "26.4", "1.1"]),
        (520.37, 3084.57, 7.88, ["75.3", "23.5", "1.2"]),
    ] {
        let times: [f64; 3] = [19.0 * decode, prefill, 20.0 * sampling];
        let all: f64 = times.iter().sum();
        for (time, share) in times.iter().zip(shares) {
            let percent = Rounded::exact(100.0 * time / all);
            assert!(percent.meets(Rounded::printed(share)), "{share} %: {percent:?}");
        }
        let of_medians = 100.0 * decode / (decode + prefill + sampling);
        assert!(of_medians < 20.0, "the medians alone would give {of_medians:.1} %");
    }
}

/// S2.47: the decode throughput of the breakdown is 1000 ÷ its median pass.
#[test]
fn s2_47_decode_throughput_of_the_breakdown() {
    for (decode_ms, rate) in [("434.22", "2.3"), ("733.04", "1.4"), ("520.37", "1.9")] {
        let tokens_per_s = Rounded::exact(1000.0) / Rounded::printed(decode_ms);
        assert!(tokens_per_s.meets(Rounded::printed(rate)), "{decode_ms} ms: {rate} tok/s");
    }
}

/// S2.47 against S2.28: one report prints two decode rates, 2.3 tok/s from the
/// median pass and 1.7 from TPOT. They are not one figure: a token took 574 ms,
/// of which the pass was 434 ms.
#[test]
fn s2_47_a_pass_is_not_a_token() {
    let pass = Rounded::exact(1000.0) / Rounded::printed("434.22");
    let token = Rounded::exact(1000.0) / Rounded::printed("574");
    assert!(!pass.meets(token));
    let outside = Rounded::printed("574") - Rounded::printed("434.22");
    assert!(outside.meets(Rounded::exact(139.78)), "{outside:?} ms beside the pass");
}
