//! No rate above what the memory allows.

use tachograph_model::{Check, CheckOutcome, Flag, WorkloadResult};

const NAME: &str = "roofline";
/// The codes under which a rate above the roof is flagged.
const CODES: [&str; 2] = ["implausible-bandwidth", "implausible"];

pub(super) fn check(flags: &[Flag], workloads: &[WorkloadResult]) -> Check {
    let all = flags.iter().chain(workloads.iter().flat_map(|workload| &workload.report.flags));
    let mut above = all.filter(|flag| CODES.contains(&flag.code.as_str()));
    match above.next() {
        Some(flag) => Check::new(NAME, CheckOutcome::Fail, flag.message.clone()),
        None => Check::new(
            NAME,
            CheckOutcome::Unknown,
            "no rate was flagged, and the roof of this machine's memory is not part of the check",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flagged_rate_fails() {
        assert_eq!(check(&[], &[]).outcome, CheckOutcome::Unknown);
        let flag = Flag::new("implausible-bandwidth", "900 GB/s of 120 GB/s");
        let check = check(&[flag], &[]);
        assert_eq!(
            (check.outcome, check.reason.as_str()),
            (CheckOutcome::Fail, "900 GB/s of 120 GB/s")
        );
    }
}
