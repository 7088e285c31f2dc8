//! Several runs against the first.

use serde::Serialize;
use tachograph_model::{RunResult, Sample, WorkloadResult};

use super::{Figure, Key, Pair, figure::Sides, obstacle::settings, pair::at};
use crate::{
    Random,
    report::{answered, measured},
};

/// A result with its run id.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The run id, as text.
    pub id: String,
    /// The result.
    pub result: &'a RunResult,
}

impl Run<'_> {
    /// One of its workloads.
    pub fn workload(&self, id: &str) -> Option<&WorkloadResult> {
        self.result.workloads.iter().find(|workload| workload.id.as_str() == id)
    }
}

/// A run in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLabel {
    /// The run id.
    pub id: String,
    /// When it began, seconds since 1970.
    pub started_unix_s: u64,
    /// The backend with its version.
    pub backend: String,
    /// The model, as requests call it.
    pub model: String,
    /// Its quantization.
    pub quantization: String,
    /// The suite with its profile, for example `suite-v2 standard`.
    pub suite: String,
}

impl RunLabel {
    /// The label of a run.
    pub fn of(run: &Run<'_>) -> Self {
        let result = run.result;
        let info = &result.backend.info;
        let version = info.version.as_deref().unwrap_or_default();
        Self {
            id: run.id.clone(),
            started_unix_s: result.started_unix_s,
            backend: format!("{} {version}", info.name).trim().to_owned(),
            model: result.model.id.clone(),
            quantization: result.model.quantization.clone(),
            suite: format!("{} {:?}", result.suite.pin.name, result.suite.profile).to_lowercase(),
        }
    }
}

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The workloads, by id; all when empty.
    pub workloads: Vec<String>,
    /// The keys that may differ because they are what is compared. With none
    /// named, one key may differ.
    pub by: Vec<Key>,
}

/// Runs against the first of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Always `comparison`.
    pub kind: &'static str,
    /// The version of this format: 1.
    pub schema: u32,
    /// The first run, A.
    pub baseline: RunLabel,
    /// The others, each against A.
    pub against: Vec<Pair>,
}

impl Comparison {
    /// Whether every run may be compared with the first.
    pub fn is_comparable(&self) -> bool {
        self.against.iter().all(|pair| pair.obstacles.is_empty())
    }
}

/// Compares runs with the first of them. Figures are given even where
/// obstacles speak against it; whoever shows them must show those too.
pub fn compare(baseline: &Run<'_>, others: &[Run<'_>], options: &Options) -> Comparison {
    Comparison {
        kind: "comparison",
        schema: 1,
        baseline: RunLabel::of(baseline),
        against: others.iter().map(|run| Pair::of(baseline, run, options)).collect(),
    }
}

/// What one workload of a run must share with another run to be in one history
/// with it: everything but the versions of the server and of `tacho`. None when
/// the run has no such workload.
pub fn series(run: &Run<'_>, workload: &str) -> Option<String> {
    let found = run.workload(workload)?;
    let (suite, plan) = (&run.result.suite, found.plan.map(|plan| plan.to_string()));
    Some(format!(
        "{}\n{}\n{:?}\n{}\n{}\n{}",
        suite.pin,
        suite.metrics,
        suite.profile,
        settings(run.result),
        plan.unwrap_or_default(),
        Key::series(run.result),
    ))
}

/// The change of one figure of a workload's summary from run A to run B; none
/// when one of them has no such figure.
pub fn change_of(a: &Run<'_>, b: &Run<'_>, workload: &str, metric: &str) -> Option<Figure> {
    let (one, other) = (a.workload(workload)?, b.workload(workload)?);
    let (samples_a, samples_b) = (behind(one, metric), behind(other, metric));
    let sides = Sides {
        metric,
        at: None,
        a: (one.report.summary.get(metric)?, &samples_a),
        b: (other.report.summary.get(metric)?, &samples_b),
        identical: a.result == b.result,
        turns: false,
    };
    let seed = format!("{}/{}/{workload}/{metric}/0", a.id, b.id);
    Some(sides.figure(Random::from_text(&seed)))
}

/// The samples behind a figure of a summary, which is of one row where the
/// workload has a curve: of the longest context, or of the best number of
/// streams.
fn behind<'w>(workload: &'w WorkloadResult, metric: &str) -> Vec<&'w Sample> {
    let samples = answered(&measured(&workload.samples));
    let summary = &workload.report.summary;
    let row = [("context", "context_tokens"), ("streams", "best_streams")]
        .into_iter()
        .find_map(|(key, name)| Some((key, summary.get(name)?.value? as i64)));
    match row {
        Some((key, value)) if metric != "wall_ms" => at(&samples, key, value),
        _ => samples,
    }
}
