//! Why two runs may not be compared.

use std::collections::BTreeMap;

use serde::Serialize;
use tachograph_model::{RunResult, TokenSource, WorkloadResult};

use super::{Difference, IN_TURN_WITH, Key};
use crate::{
    flags::ranks,
    report::{answered, measured},
};

/// A reason not to compare two runs.
///
/// | code | reason |
/// |---|---|
/// | `other-suite` | another suite, or other bytes of it |
/// | `other-metrics` | another version of the metric definitions |
/// | `other-profile` | another profile |
/// | `other-overrides` | the user changed other settings of the suite |
/// | `no-common-workload` | no workload gave numbers in both |
/// | `other-plan` | a workload asked for other things |
/// | `token-count` | tokens were counted in another way, or by nobody who ranks |
/// | `other-shape` | the agent trace ran flat in one and with tools in the other |
/// | `differs` | a key differs that is not what is compared |
/// | `too-few-trials` | no figure has five trials in both |
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// The code.
    pub code: &'static str,
    /// The workload that it is about, if it is about one.
    pub workload: Option<String>,
    /// One sentence for people, with both sides.
    pub message: String,
}

impl Obstacle {
    pub(crate) fn new(code: &'static str, workload: Option<&str>, message: String) -> Self {
        Self { code, workload: workload.map(str::to_owned), message }
    }
}

/// What speaks against comparing two runs that have not measured anything yet.
/// `by` are keys that may differ; with none named, one key may.
pub fn before(a: &RunResult, b: &RunResult, by: &[Key]) -> Vec<Obstacle> {
    of_runs(a, b, &Key::differences(a, b), by)
}

/// What speaks against comparing two runs as wholes. `by` are keys that may
/// differ; with none named, one key may.
pub(crate) fn of_runs(
    a: &RunResult,
    b: &RunResult,
    differences: &[Difference],
    by: &[Key],
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut unequal = |code, what: &str, a: String, b: String| {
        if a != b {
            found.push(Obstacle::new(code, None, format!("{what}: {a} and {b}")));
        }
    };
    let pin = |result: &RunResult| {
        let pin = &result.suite.pin;
        format!("{}@{}", pin.name, pin.digest.short())
    };
    unequal("other-suite", "the suites differ", pin(a), pin(b));
    let metrics = |result: &RunResult| result.suite.metrics.clone();
    unequal("other-metrics", "the metric definitions differ", metrics(a), metrics(b));
    let profile = |result: &RunResult| format!("{:?}", result.suite.profile).to_lowercase();
    unequal("other-profile", "the profiles differ", profile(a), profile(b));
    unequal("other-overrides", "the settings differ", settings(a), settings(b));
    let open: Vec<&Difference> =
        differences.iter().filter(|difference| !by.contains(&difference.key)).collect();
    if !by.is_empty() || open.len() > 1 {
        found.extend(open.iter().map(|Difference { key, a, b }| {
            Obstacle::new("differs", None, format!("{} differs: {a} and {b}", key.name()))
        }));
    }
    found
}

/// Settings that change what is measured; which workloads ran, and in turn with
/// which run, is no such thing.
pub(crate) fn settings(result: &RunResult) -> String {
    let other = |name: &str| name == "workloads" || name == IN_TURN_WITH;
    let kept: BTreeMap<_, _> =
        result.suite.overrides.iter().filter(|(name, _)| !other(name)).collect();
    let all: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// What speaks against comparing one workload of two runs.
pub(crate) fn of_workload(a: &WorkloadResult, b: &WorkloadResult) -> Vec<Obstacle> {
    let id = a.id.as_str();
    let mut found = Vec::new();
    if a.plan != b.plan {
        let short = |w: &WorkloadResult| w.plan.map_or_else(|| "none".to_owned(), |p| p.short());
        let message = format!("{id}: the plans differ: {} and {}", short(a), short(b));
        found.push(Obstacle::new("other-plan", Some(id), message));
    }
    let flat = |w: &WorkloadResult| w.report.flags.iter().any(|flag| flag.code == "flat-profile");
    if flat(a) != flat(b) {
        let message = format!("{id}: one ran with tools on the wire, the other flat");
        found.push(Obstacle::new("other-shape", Some(id), message));
    }
    let (one, other) = (counted_by(a), counted_by(b));
    let unranked = [one, other].iter().flatten().any(|&source| !ranks(source));
    if unranked && one != other {
        let name = |source: Option<TokenSource>| {
            source.map_or_else(|| "nobody".to_owned(), |s| format!("{s:?}").to_lowercase())
        };
        let message = format!("{id}: tokens counted by {} and {}", name(one), name(other));
        found.push(Obstacle::new("token-count", Some(id), message));
    }
    found
}

/// The worst source of token counts of a workload.
fn counted_by(workload: &WorkloadResult) -> Option<TokenSource> {
    let samples = measured(&workload.samples);
    answered(&samples).iter().filter_map(|sample| sample.tokens.source).max()
}
