//! The live half of `tacho compare`: two servers, measured in turn.

use std::sync::Arc;

use clap::Args;
use serde_json::Map;
use tachograph_metrics::compare::Key;
use tachograph_model::{ProfileName, WorkloadStatus};
use tachograph_session::{
    Event, Finished, Observer, RunOptions, Seat, SessionError, TargetOptions, take_turns,
};
use tokio::sync::watch;

use super::{
    choice::{Choice, choose},
    run::{DEFAULT_SUITE, run_key},
    target::{secret, server_root},
};
use crate::{error::CliError, progress::Progress, stop, world::World};

/// The workload that is measured when none is named.
const DEFAULT_WORKLOAD: &str = "chat-short";
/// The trials of the profile `publish`, which this measures with.
const TRIALS: u32 = 10;

/// How to measure two servers in turn.
#[derive(Debug, Args)]
pub(crate) struct Live {
    /// Measure two servers now, in turn, and compare them: RUN is a URL then. The
    /// same URL twice shows how far apart equals come out.
    #[arg(long)]
    pub(crate) live: bool,
    /// The suite to measure with.
    #[arg(long, requires = "live", value_name = "SUITE", default_value = DEFAULT_SUITE)]
    suite: String,
    /// Trials of each server, an even number from 8 on.
    #[arg(
        long, requires = "live", value_name = "N", default_value_t = TRIALS,
        value_parser = clap::value_parser!(u32).range(8..=1000),
    )]
    trials: u32,
    /// Cap the output tokens of every request.
    #[arg(
        long, requires = "live", value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
    )]
    max_tokens: Option<u32>,
    /// The driver of both servers, or of A and of B.
    #[arg(long, requires = "live", value_name = "ID[,ID]", value_delimiter = ',')]
    backend: Vec<String>,
    /// The model of both servers, or of A and of B.
    #[arg(long, requires = "live", value_name = "MODEL[,MODEL]", value_delimiter = ',')]
    model: Vec<String>,
    /// The environment variable that holds the API key of both servers, or of A
    /// and of B.
    #[arg(long, requires = "live", value_name = "VARIABLE", value_delimiter = ',')]
    api_key_env: Vec<String>,
}

/// What is compared, and with how much.
pub(crate) struct Question<'a> {
    pub urls: &'a [String],
    pub workloads: &'a [String],
    pub by: &'a [Key],
    pub anyway: bool,
}

/// Two runs that took turns.
pub(crate) struct Measured {
    pub runs: [Finished; 2],
    /// Whether the user stopped them, or a workload of one failed.
    pub interrupted: bool,
    pub failed: bool,
}

impl Live {
    /// Measures both servers and seals both runs.
    pub(crate) async fn measure(&self, question: &Question<'_>) -> Result<Measured, CliError> {
        let [a, b] = question.urls else {
            return Err(CliError::Usage("--live takes two URLs".to_owned()));
        };
        if self.trials % 2 == 1 {
            return Err(CliError::Usage(
                "--trials has to be even: two of each server make a block".to_owned(),
            ));
        }
        let world = World::open()?;
        let (host, archive) = (world.host()?, world.archive()?);
        let Choice { suite, held: _held } = choose(&world, &self.suite, None, false).await?;
        let key = run_key(&world)?;
        let seats = take_turns(question.by.to_vec(), question.anyway);
        let progress = Arc::new(Progress::new());
        let interrupt = stop::on_signal();
        let run = |side: usize, url: &str, seat| {
            let observer = Arc::new(OneSide { name: ["A", "B"][side], progress: progress.clone() });
            let target = self.target(side, url)?;
            let options = self.options(question.workloads, seat, target);
            let (suite, interrupt): (_, watch::Receiver<bool>) = (suite.clone(), interrupt.clone());
            let (host, archive, key) = (&host, &archive, &key);
            Ok::<_, CliError>(async move {
                tachograph_session::run(host, suite, options, archive, key, observer, interrupt)
                    .await
            })
        };
        let [first, second] = seats;
        let (first, second) = (run(0, a, first)?, run(1, b, second)?);
        let ended = tokio::join!(first, second);
        progress.clear();
        let runs = match ended {
            (Ok(a), Ok(b)) => [a, b],
            // The other one has ended for the first one's reason.
            (Err(SessionError::Stopped), Err(error)) | (Err(error), _) | (_, Err(error)) => {
                return Err(error.into());
            }
        };
        let failed = |run: &Finished| {
            run.result.workloads.iter().any(|w| w.report.status == WorkloadStatus::Failed)
        };
        Ok(Measured {
            interrupted: runs.iter().any(|run| run.interrupted),
            failed: runs.iter().any(failed),
            runs,
        })
    }

    fn options(&self, workloads: &[String], seat: Seat, target: TargetOptions) -> RunOptions {
        let workloads = match workloads {
            [] => vec![DEFAULT_WORKLOAD.to_owned()],
            named => named.to_vec(),
        };
        RunOptions {
            profile: ProfileName::Publish,
            workloads,
            iterations: (self.trials != TRIALS).then_some(self.trials),
            max_tokens: self.max_tokens,
            budget_s: None,
            seed: None,
            patience: None,
            telemetry_hz: Some(10),
            // It would disturb the other side.
            bandwidth: false,
            cooldown_until_c: None,
            challenge: None,
            canary: false,
            cost: None,
            seat: Some(seat),
            target,
        }
    }

    fn target(&self, side: usize, url: &str) -> Result<TargetOptions, CliError> {
        let variable = of_side(&self.api_key_env, side, "--api-key-env")?;
        Ok(TargetOptions {
            backend: of_side(&self.backend, side, "--backend")?.map(str::to_owned),
            urls: vec![server_root(url.to_owned())],
            model: of_side(&self.model, side, "--model")?.map(str::to_owned),
            launch: false,
            program: None,
            secret: variable.map(secret).transpose()?,
            config: Map::new(),
            plugin: None,
            engine: World::engine()?,
        })
    }
}

/// One value for both sides, or one for each.
fn of_side<'a>(given: &'a [String], side: usize, name: &str) -> Result<Option<&'a str>, CliError> {
    match given {
        [] => Ok(None),
        [both] => Ok(Some(both)),
        [_, _] => Ok(Some(&given[side])),
        _ => Err(CliError::Usage(format!("{name} takes one value, or one for A and one for B"))),
    }
}

/// Shows what one of two runs tells, with its letter before it.
struct OneSide {
    name: &'static str,
    progress: Arc<Progress>,
}

impl Observer for OneSide {
    fn event(&self, event: Event<'_>) {
        let name = self.name;
        let note = |text: String| self.progress.event(Event::Note(&text));
        match event {
            Event::Note(text) => note(format!("{name}: {text}")),
            Event::Backend { name: server, model, .. } => {
                note(format!("{name}: measuring {model} on {server}"));
            }
            Event::StepBegins { id, streams } => {
                let id = format!("{name} {id}");
                self.progress.event(Event::StepBegins { id: &id, streams });
            }
            Event::StepSkipped { id, reason } => note(format!("{name}: {id} left out: {reason}")),
            Event::WorkloadEnds { report } => {
                note(format!("{name}: {}: {}", report.workload, report.verdict));
            }
            other => self.progress.event(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of_side;

    #[test]
    fn one_value_is_for_both_sides() {
        let given = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let of = |values: &[&str], side| {
            of_side(&given(values), side, "--model").map(|v| v.map(str::to_owned)).ok()
        };
        assert_eq!(of(&[], 1), Some(None));
        assert_eq!(of(&["m"], 0), of(&["m"], 1));
        assert_eq!(of(&["m", "n"], 1), Some(Some("n".to_owned())));
        assert_eq!(of(&["m", "n", "o"], 0), None);
    }
}
