//! What would make a reproduction void, found before it costs time.

use std::collections::BTreeSet;

use tachograph_model::{
    Digest, Fingerprint, Phase, ReproductionDifference, RunResult, SampleStatus,
};

/// Trials that a verdict needs.
const TRIALS: usize = 5;

/// Why measuring again would show nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// One sentence.
    pub message: String,
    /// In what the two differ, if it is that.
    pub difference: Option<ReproductionDifference>,
}

/// What stands in the way of measuring a result again on this machine; `driver`
/// is the digest of the driver that the user named by its file.
pub fn before(result: &RunResult, here: &Fingerprint, driver: Option<&Digest>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let there = &result.fingerprint;
    if there.hash != here.hash {
        found.push(Obstacle {
            message: format!(
                "it was measured on another machine ({}; here {})",
                machine(there),
                machine(here)
            ),
            difference: Some(ReproductionDifference {
                what: "machine".to_owned(),
                original: machine(there),
                here: machine(here),
            }),
        });
    }
    let unofficial = result.plugins.iter().find(|plugin| !plugin.official);
    if let Some(plugin) = unofficial.filter(|plugin| driver != Some(&plugin.sha256)) {
        found.push(Obstacle {
            message: format!(
                "it was measured with the driver {} {}, which no suite pins: name that file with \
                 --plugin ({})",
                plugin.id, plugin.version, plugin.sha256
            ),
            difference: driver.map(|driver| ReproductionDifference {
                what: "driver".to_owned(),
                original: plugin.sha256.to_string(),
                here: driver.to_string(),
            }),
        });
    }
    let most = result.workloads.iter().map(|workload| {
        let measured = workload
            .samples
            .iter()
            .filter(|s| s.phase == Phase::Measure && s.status == SampleStatus::Ok);
        measured.map(|sample| sample.trial).collect::<BTreeSet<_>>().len()
    });
    let most = most.max().unwrap_or(0);
    if most < TRIALS {
        let trials = if most == 1 { "trial" } else { "trials" };
        found.push(Obstacle {
            message: format!(
                "it rests on {most} {trials}, and a verdict needs {TRIALS}: it has no intervals"
            ),
            difference: None,
        });
    }
    found
}

fn machine(fingerprint: &Fingerprint) -> String {
    let cpu = fingerprint.cpu.model.as_deref().unwrap_or(&fingerprint.cpu.arch);
    let cores = fingerprint.cpu.logical_cores;
    format!("{} {cpu}, {cores} cores", fingerprint.hash.short())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_driver_and_too_few_trials_are_obstacles() {
        let mut result = crate::fixture::recorded();
        let mut here = result.fingerprint.clone();
        let one = before(&result, &here, None);
        assert_eq!(one.len(), 1, "{one:?}");
        assert!(one[0].message.contains("1 trial,"), "{one:?}");
        here.hash = Digest::of(b"elsewhere");
        let driver = Digest::of(b"driver");
        result.plugins[0].official = false;
        assert_eq!(before(&result, &here, Some(&driver)).len(), 3);
        let own = result.plugins[0].sha256;
        assert_eq!(before(&result, &here, Some(&own)).len(), 2);
    }
}
