//! `tacho compare`: is this run faster than that one?

use clap::Args;
use tachograph_metrics::compare::{Key, Options, Run, compare};
use tachograph_model::{Digest, ExitCode, RunResult};

use crate::{error::CliError, printer, world::World};

const MEANING: &str = "\
The first run is A; each other run is compared with it. A figure is faster or
slower when the whole 95 % interval of the ratio lies beyond the band (3 % for
rates and TPOT, 5 % for times), equivalent when it lies inside, and else
unclear. Verdicts need five trials in each run.

The interval is over the trials of the two runs. It does not show what changed
between them, such as other load or heat: measure each twice, in turn, before
you trust a difference.

Runs of another suite, profile, setting or plan are refused, and so are runs
that differ in two keys or more: model, quantization, backend, backend-version,
slots, machine, path, thinking, speculation. --by names those that may differ.

Exit codes: 0 compared, 22 not comparable.";

/// Compare runs figure by figure.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Compare {
    /// Two runs or more: the first digits of a run id, a result file, or `latest`.
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<String>,
    /// Compare these workloads only, by id.
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

pub(crate) fn run(command: &Compare) -> Result<ExitCode, CliError> {
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
    let mut runs = results.iter().map(|(id, result)| Run { id: id.to_string(), result });
    let Some(baseline) = runs.next() else {
        return Err(CliError::Usage("name two runs or more".to_owned()));
    };
    let options = Options { workloads: command.workload.clone(), by: command.by.clone() };
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
