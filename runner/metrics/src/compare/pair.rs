//! Two runs, figure by figure.

use std::collections::BTreeSet;

use serde::Serialize;
use tachograph_model::{Part, RunResult, Sample, WorkloadResult, WorkloadStatus};

use super::{
    Difference, Figure, Key, Obstacle, Options, Run, RunLabel, Verdict,
    figure::Sides,
    obstacle::{of_runs, of_workload},
    took_turns,
};
use crate::{
    Random,
    bootstrap::TRIALS_NEEDED,
    report::{answered, measured},
};

/// How many figures have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// `faster`.
    pub faster: u32,
    /// `slower`.
    pub slower: u32,
    /// `equivalent`.
    pub equivalent: u32,
    /// `unclear`.
    pub unclear: u32,
}

impl Tally {
    /// All of them.
    pub fn total(self) -> u32 {
        self.faster + self.slower + self.equivalent + self.unclear
    }

    fn of<'a>(figures: impl Iterator<Item = &'a Figure>) -> Self {
        let mut tally = Self::default();
        for figure in figures.filter(|figure| figure.rule.is_some_and(|rule| rule.deciding)) {
            *match figure.verdict {
                Some(Verdict::Faster) => &mut tally.faster,
                Some(Verdict::Slower) => &mut tally.slower,
                Some(Verdict::Equivalent) => &mut tally.equivalent,
                Some(Verdict::Unclear) => &mut tally.unclear,
                None => continue,
            } += 1;
        }
        tally
    }
}

/// The verdict on a run as a whole, over its deciding figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    /// Faster in some figures, slower in none.
    Faster,
    /// Slower in some figures, faster in none.
    Slower,
    /// Equivalent in every figure.
    Equivalent,
    /// Faster in some figures, slower in others.
    Mixed,
    /// Neither faster nor slower in any, and not equivalent in all.
    Unclear,
}

impl Overall {
    fn of(tally: Tally) -> Self {
        match tally {
            Tally { faster: 1.., slower: 1.., .. } => Self::Mixed,
            Tally { faster: 1.., .. } => Self::Faster,
            Tally { slower: 1.., .. } => Self::Slower,
            Tally { equivalent: 1.., unclear: 0, .. } => Self::Equivalent,
            _ => Self::Unclear,
        }
    }
}

/// One workload of two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkloadPair {
    /// Its id.
    pub workload: String,
    /// Its figures: those of the summary first, then the rows of its curve.
    pub figures: Vec<Figure>,
}

/// A run against the first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// The run.
    pub run: RunLabel,
    /// Whether both are the same result.
    pub identical: bool,
    /// What is compared: the keys in which the two differ.
    pub differences: Vec<Difference>,
    /// Why they may not be compared; empty when they may.
    pub obstacles: Vec<Obstacle>,
    /// What else to know.
    pub notes: Vec<String>,
    /// The workloads that both measured.
    pub workloads: Vec<WorkloadPair>,
    /// The verdicts of the deciding figures.
    pub tally: Tally,
    /// The verdict over them.
    pub overall: Overall,
}

impl Pair {
    pub(crate) fn of(a: &Run<'_>, b: &Run<'_>, options: &Options) -> Self {
        let (one, other) = (a.result, b.result);
        let differences = Key::differences(one, other);
        let mut obstacles = of_runs(one, other, &differences, &options.by);
        let (common, mut notes) = common(one, other, &options.workloads);
        for (x, y) in &common {
            obstacles.extend(of_workload(x, y));
        }
        let identical = one == other;
        let turns = took_turns(one, other);
        let figures = |(x, y): &(&WorkloadResult, &WorkloadResult)| WorkloadPair {
            workload: x.id.to_string(),
            figures: figures(x, y, (identical, turns), &format!("{}/{}", a.id, b.id)),
        };
        let workloads: Vec<WorkloadPair> = common.iter().map(figures).collect();
        if common.is_empty() {
            let message = "no workload gave numbers in both runs".to_owned();
            obstacles.push(Obstacle::new("no-common-workload", None, message));
        } else if !identical {
            obstacles.extend(too_few(&common));
        }
        let versions = (&one.runner.version, &other.runner.version);
        if versions.0 != versions.1 {
            notes.push(format!("measured by tacho {} and {}", versions.0, versions.1));
        }
        if turns {
            notes.push("the trials took turns, A B B A: intervals are over blocks of four".into());
        }
        notes.extend(loads(one, other).filter(|_| !identical));
        notes.extend(doubts(&common));
        let tally = Tally::of(workloads.iter().flat_map(|workload| &workload.figures));
        Self {
            run: RunLabel::of(b),
            identical,
            differences,
            obstacles,
            notes,
            workloads,
            tally,
            overall: Overall::of(tally),
        }
    }
}

/// The workloads that gave numbers in both, and a note on each that did not.
fn common<'r>(
    a: &'r RunResult,
    b: &'r RunResult,
    wanted: &[String],
) -> (Vec<(&'r WorkloadResult, &'r WorkloadResult)>, Vec<String>) {
    let (mut both, mut notes) = (Vec::new(), Vec::new());
    let wanted =
        |w: &&WorkloadResult| wanted.is_empty() || wanted.iter().any(|id| id == w.id.as_str());
    let find = |result: &'r RunResult, w: &WorkloadResult| {
        result.workloads.iter().find(|other| other.id == w.id)
    };
    for x in a.workloads.iter().filter(wanted) {
        match find(b, x) {
            None => notes.push(format!("{} is in A only", x.id)),
            Some(y) if gave_numbers(x) && gave_numbers(y) => both.push((x, y)),
            Some(y) => {
                let side = match (gave_numbers(x), gave_numbers(y)) {
                    (true, _) => "B",
                    (_, true) => "A",
                    _ => "either",
                };
                notes.push(format!("{} gave no numbers in {side}", x.id));
            }
        }
    }
    let only_b = b.workloads.iter().filter(wanted).filter(|y| find(a, y).is_none());
    notes.extend(only_b.map(|y| format!("{} is in B only", y.id)));
    (both, notes)
}

fn gave_numbers(workload: &WorkloadResult) -> bool {
    matches!(workload.report.status, WorkloadStatus::Measured | WorkloadStatus::Partial)
}

/// The trials that a workload measured.
fn trials(workload: &WorkloadResult) -> usize {
    let measured = measured(&workload.samples);
    measured.iter().map(|sample| sample.trial).collect::<BTreeSet<_>>().len()
}

fn too_few(common: &[(&WorkloadResult, &WorkloadResult)]) -> Option<Obstacle> {
    let (a, b) = common
        .iter()
        .map(|(a, b)| (trials(a), trials(b)))
        .max_by_key(|(a, b)| (*a).min(*b))
        .filter(|(a, b)| (*a).min(*b) < TRIALS_NEEDED)?;
    let message =
        format!("too few trials, {a} and {b}: a verdict needs {TRIALS_NEEDED} in each run");
    Some(Obstacle::new("too-few-trials", None, message))
}

/// The share of the cores that were busy before a run from which on it is said.
const BUSY: f64 = 0.25;

/// A note where other work kept one of the machines busy. Trials of one run share
/// that state, so no interval over trials shows it.
fn loads(a: &RunResult, b: &RunResult) -> Option<String> {
    let load = |result: &RunResult| {
        let machine = &result.fingerprint;
        Some((machine.load_1m?, f64::from(machine.cpu.logical_cores.max(1))))
    };
    let busy = |side: Option<(f64, f64)>| side.is_some_and(|(load, cores)| load > BUSY * cores);
    let (a, b) = (load(a), load(b));
    let text = |side: Option<(f64, f64)>| {
        side.map_or_else(|| "unknown".to_owned(), |(load, cores)| format!("{load:.1} on {cores}"))
    };
    (busy(a) || busy(b)).then(|| {
        format!("the machine was busy before the runs: load {} and {} cores", text(a), text(b))
    })
}

/// Doubts that touch a comparison, where the workload of one run has them.
fn doubts(common: &[(&WorkloadResult, &WorkloadResult)]) -> Vec<String> {
    const CODES: [&str; 10] = [
        "warm-cache",
        "not-cold",
        "length-mismatch",
        "streams-not-held",
        "client-bound",
        "starved",
        "throttled",
        "noisy",
        "drifting",
        "on-battery",
    ];
    let mut notes = Vec::new();
    for (a, b) in common {
        for code in CODES {
            let has = |w: &WorkloadResult| w.report.flags.iter().any(|flag| flag.code == code);
            let side = match (has(a), has(b)) {
                (false, false) => continue,
                (true, false) => "A",
                (false, true) => "B",
                (true, true) => "both",
            };
            notes.push(format!("{}: {code} in {side}", a.id));
        }
    }
    notes
}

/// The figures of one workload.
///
/// A workload with a curve is compared row by row. Its summary is of one row,
/// which may be another row in each run, so only what is over the whole curve is
/// taken from it.
fn figures(
    a: &WorkloadResult,
    b: &WorkloadResult,
    (identical, turns): (bool, bool),
    seed: &str,
) -> Vec<Figure> {
    let (samples_a, samples_b) = (measured(&a.samples), measured(&b.samples));
    let (done_a, done_b) = (answered(&samples_a), answered(&samples_b));
    let curve = curve(&a.report.parts).zip(curve(&b.report.parts));
    let mut out = Vec::new();
    let random =
        |metric: &str, at: i64| Random::from_text(&format!("{seed}/{}/{metric}/{at}", a.id));
    for (name, metric) in &a.report.summary {
        let whole = name == "wall_ms" || name.ends_with("_per_doubling");
        let Some(other) = b.report.summary.get(name).filter(|_| curve.is_none() || whole) else {
            continue;
        };
        let (a, b) = ((metric, &done_a[..]), (other, &done_b[..]));
        let sides = Sides { metric: name, at: None, a, b, identical, turns };
        out.push(sides.figure(random(name, 0)));
    }
    let Some((curve_a, curve_b)) = curve else { return out };
    for row_a in &curve_a.rows {
        let Some(row_b) = curve_b.rows.iter().find(|row| row.at == row_a.at) else { continue };
        let here_a = at(&done_a, &curve_a.key, row_a.at);
        let here_b = at(&done_b, &curve_a.key, row_a.at);
        for name in &curve_a.columns {
            let (Some(metric), Some(other)) = (row_a.metrics.get(name), row_b.metrics.get(name))
            else {
                continue;
            };
            let sides = Sides {
                metric: name,
                at: Some((curve_a.key.clone(), row_a.at)),
                a: (metric, &here_a),
                b: (other, &here_b),
                identical,
                turns,
            };
            out.push(sides.figure(random(name, row_a.at)));
        }
    }
    out
}

/// The samples of one row.
pub(crate) fn at<'s>(samples: &[&'s Sample], key: &str, value: i64) -> Vec<&'s Sample> {
    samples.iter().copied().filter(|sample| sample.condition.get(key) == Some(&value)).collect()
}

/// The table whose rows differ in a condition of the samples.
fn curve(parts: &[Part]) -> Option<&Part> {
    parts.iter().find(|part| matches!(part.key.as_str(), "context" | "streams"))
}
