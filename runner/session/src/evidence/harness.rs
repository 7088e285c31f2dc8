//! The harness against a server of known truth.

use tachograph_model::{Check, CheckOutcome, Flag, HarnessSection};

const NAME: &str = "harness";
/// Nanoseconds that the harness may add at p50.
const ADDED: u64 = 5_000_000;

pub(super) fn check(harness: &HarnessSection, flags: &[Flag]) -> Check {
    let bound = flags.iter().find(|flag| flag.code == "client-bound");
    let (outcome, reason) = match (harness.added_latency_p50_ns, bound) {
        (_, Some(flag)) => {
            (CheckOutcome::Fail, format!("the client may be what was measured: {}", flag.message))
        }
        (Some(added), None) if added > ADDED => {
            let ms = added as f64 / 1e6;
            (CheckOutcome::Fail, format!("the harness added {ms:.1} ms to each read of a test"))
        }
        (Some(added), None) => {
            let us = added as f64 / 1e3;
            (CheckOutcome::Pass, format!("the harness added {us:.0} µs to a read of a test, p50"))
        }
        (None, None) => {
            (CheckOutcome::Unknown, "the self-test of the harness could not run".to_owned())
        }
    };
    let check = Check::new(NAME, outcome, reason).with("events", harness.self_test_n.into());
    match harness.added_latency_p50_ns {
        Some(added) => check.with("added_p50_ns", added as f64),
        None => check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(added: Option<u64>) -> HarnessSection {
        HarnessSection {
            added_latency_p50_ns: added,
            added_latency_max_ns: added,
            self_test_n: 24,
            cpu_share: None,
            max_lateness_ns: None,
            streams_held: None,
        }
    }

    #[test]
    fn a_slow_or_busy_harness_fails() {
        let outcome = |added, flags: &[Flag]| check(&section(added), flags).outcome;
        assert_eq!(outcome(Some(50_000), &[]), CheckOutcome::Pass);
        assert_eq!(outcome(Some(9_000_000), &[]), CheckOutcome::Fail);
        assert_eq!(outcome(None, &[]), CheckOutcome::Unknown);
        let bound = [Flag::new("client-bound", "used 40 % of the processors")];
        assert_eq!(outcome(Some(50_000), &bound), CheckOutcome::Fail);
    }
}
