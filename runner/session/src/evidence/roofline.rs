//! No rate above what the memory allows.

use tachograph_model::{Check, CheckOutcome, Flag, Roof, WorkloadResult};

const NAME: &str = "roofline";
/// The codes under which a rate above the roof is flagged.
const CODES: [&str; 2] = ["implausible-bandwidth", "implausible"];

pub(super) fn check(flags: &[Flag], workloads: &[WorkloadResult], roof: Option<&Roof>) -> Check {
    let all = flags.iter().chain(workloads.iter().flat_map(|workload| &workload.report.flags));
    let mut above = all.filter(|flag| CODES.contains(&flag.code.as_str()));
    if let Some(flag) = above.next() {
        return Check::new(NAME, CheckOutcome::Fail, flag.message.clone());
    }
    let shares = workloads.iter().filter_map(|workload| {
        workload.report.summary.get("utilization").and_then(|share| share.value)
    });
    match (roof.and_then(|roof| roof.max_decode_tps), shares.reduce(f64::max)) {
        (Some(most), Some(share)) => {
            let percent = share * 100.0;
            let reason = format!("{percent:.0} % of the roof of {most:.1} tok/s at most");
            Check::new(NAME, CheckOutcome::Pass, reason)
        }
        (Some(_), None) => {
            Check::new(NAME, CheckOutcome::Unknown, "no workload ran one stream at a time")
        }
        (None, _) => {
            let why = match roof {
                Some(roof) if roof.bandwidth_bytes_per_s.is_none() => &roof.bandwidth_source,
                Some(roof) => &roof.bytes_source,
                None => "this run is older than the check",
            };
            Check::new(NAME, CheckOutcome::Unknown, format!("no roof is known: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flagged_rate_fails() {
        assert_eq!(check(&[], &[], None).outcome, CheckOutcome::Unknown);
        let flag = Flag::new("implausible-bandwidth", "900 GB/s of 120 GB/s");
        let check = check(&[flag], &[], None);
        assert_eq!(
            (check.outcome, check.reason.as_str()),
            (CheckOutcome::Fail, "900 GB/s of 120 GB/s")
        );
    }
}
