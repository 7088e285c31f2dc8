//! `tacho compare`: is this run faster than that one, or this server than that?

use clap::Args;
use tachograph_metrics::compare::{Key, Options, Run, compare};
use tachograph_model::{Digest, ExitCode, RunResult};

use super::live::{Live, Question};
use crate::{error::CliError, printer, world::World};

const MEANING: &str = "\
The first run is A; each other run is compared with it. A figure is faster or
slower when the whole 95 % interval of the ratio lies beyond the band (3 % for
rates and TPOT, 5 % for times), equivalent when it lies inside, and else
unclear. Verdicts need five trials in each run.

The interval is over the trials of the two runs. It does not show what changed
between them, such as other load or heat. --live takes that out: it measures two
servers trial by trial in the order A B B A, seals both runs, and compares them
block by block.

  tacho compare --live http://127.0.0.1:8080 http://127.0.0.1:8081
  tacho compare --live URL_A URL_B --workload W1,W2 --trials 20 --model m,n

Runs of another suite, profile, setting or plan are refused, and so are runs
that differ in two keys or more: model, quantization, backend, backend-version,
slots, machine, path, thinking, speculation. --by names those that may differ.

Exit codes: 0 compared, 7 a workload failed, 22 not comparable, 130 interrupted.";

/// Compare runs figure by figure, or two servers live.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Compare {
    /// Two runs or more: the first digits of a run id, a result file, or `latest`;
    /// with --live two URLs.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<String>,
    #[command(flatten)]
    live: Live,
    /// Compare these workloads only, by id; with --live measure these instead of
    /// chat-short.
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    workload: Vec<String>,
    /// What is compared: keys in which the runs may differ.
    #[arg(long, value_delimiter = ',', value_name = "KEY")]
    by: Vec<Key>,
    /// Show the figures of runs that may not be compared, behind the reasons.
    #[arg(long)]
    anyway: bool,
    /// Show every figure that both runs have.
    #[arg(long, conflicts_with = "json")]
    full: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Compare) -> Result<ExitCode, CliError> {
    if command.live.live {
        return live(&command).await;
    }
    let archive = World::open()?.archive()?;
    let mut results: Vec<(Digest, RunResult)> = Vec::new();
    for name in &command.runs {
        let run = archive.find(name)?;
        results.push((run.run_id(), run.result()?));
    }
    for id in &command.workload {
        if !results.iter().any(|(_, r)| r.workloads.iter().any(|w| w.id.as_str() == id)) {
            return Err(CliError::Usage(format!("no workload `{id}` in these runs")));
        }
    }
    show(&command, &command.workload, &results)
}

/// Measures both servers, then compares the sealed runs as any others.
async fn live(command: &Compare) -> Result<ExitCode, CliError> {
    let Compare { runs: urls, workload: workloads, by, anyway, .. } = command;
    let question = Question { urls, workloads, by, anyway: *anyway };
    let measured = command.live.measure(&question).await?;
    let ids = measured.runs.each_ref().map(|run| run.run.run_id());
    let results = measured.runs.map(|run| (run.run.run_id(), run.result));
    let code = show(command, &[], &results)?;
    let [a, b] = ids.map(|id| id.short());
    printer::talk(&format!("sealed as runs {a} (A) and {b} (B); again: tacho compare {a} {b}"));
    Ok(match code {
        ExitCode::Ok if measured.interrupted => ExitCode::Interrupted,
        ExitCode::Ok if measured.failed => ExitCode::Incomplete,
        code => code,
    })
}

/// Compares the first run with each other one, and prints it.
fn show(
    command: &Compare,
    workloads: &[String],
    results: &[(Digest, RunResult)],
) -> Result<ExitCode, CliError> {
    let mut runs = results.iter().map(|(id, result)| Run { id: id.to_string(), result });
    let Some(baseline) = runs.next() else {
        return Err(CliError::Usage("name two runs or more".to_owned()));
    };
    let options = Options { workloads: workloads.to_vec(), by: command.by.clone() };
    let mut compared = compare(&baseline, &runs.collect::<Vec<_>>(), &options);
    let comparable = compared.is_comparable();
    if !command.anyway {
        // Figures that may not be compared are not shown side by side.
        for pair in compared.against.iter_mut().filter(|pair| !pair.obstacles.is_empty()) {
            pair.workloads.clear();
        }
    }
    printer::data(&match command.json {
        true => tachograph_report::comparison_json(&compared),
        false => tachograph_report::comparison_text(&compared, command.full, printer::style()),
    })?;
    if comparable || command.anyway {
        return Ok(ExitCode::Ok);
    }
    printer::talk("refused; --anyway shows the figures behind the reasons");
    Ok(ExitCode::NotComparable)
}
