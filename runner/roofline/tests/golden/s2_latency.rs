//! S2: latency of four phases.

use crate::Rounded;

fn printed(text: &str) -> Rounded {
    Rounded::printed(text)
}

/// S2.28, S2.31, S2.32: decode tok/s is 1000 ÷ TPOT in every table.
#[test]
fn s2_28_decode_throughput_is_the_inverse_of_tpot() {
    for (tpot_ms, rate) in [
        // The summaries of four phases.
        ("238", "4.2"),
        ("574", "1.7"),
        ("657", "1.5"),
        ("939", "1.1"),
        // By prompt.
        ("237", "4.2"),
        ("247", "4.1"),
        ("255", "3.9"),
        ("565", "1.8"),
        ("566", "1.8"),
        ("576", "1.7"),
        ("649", "1.5"),
        ("628", "1.6"),
        ("631", "1.6"),
        ("1096", "0.9"),
        ("946", "1.1"),
        ("923", "1.1"),
        // By context.
        ("372", "2.7"),
        ("350", "2.9"),
        ("293", "3.4"),
        ("300", "3.3"),
        ("601", "1.7"),
        ("632", "1.6"),
        ("642", "1.6"),
        ("623", "1.6"),
        ("633", "1.6"),
        ("1295", "0.8"),
        ("1186", "0.8"),
        ("980", "1.0"),
        ("869", "1.2"),
        ("947", "1.1"),
        ("917", "1.1"),
    ] {
        let tokens_per_s = Rounded::exact(1000.0) / printed(tpot_ms);
        assert!(tokens_per_s.meets(printed(rate)), "{tpot_ms} ms: {rate} tok/s");
    }
}

/// S2.29: E2E is TTFT + (N − 1) · TPOT within 1 %, as both are means of
/// several requests.
#[test]
fn s2_29_end_to_end_follows_from_ttft_and_tpot() {
    for (tokens, ttft, tpot, published) in [
        (15, 670.0, 238.0, 4019.0),
        (15, 828.0, 574.0, 8857.0),
        (14, 1502.0, 657.0, 10_059.0),
        (15, 1079.0, 939.0, 14_325.0),
    ] {
        let e2e = ttft + f64::from(tokens - 1) * tpot;
        let apart: f64 = e2e / published - 1.0;
        assert!(apart.abs() < 0.01, "{e2e} against {published}");
    }
}
