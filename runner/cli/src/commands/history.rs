//! `tacho history`: one figure over the kept runs.

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_report::KeptRun;
use tachograph_session::RunEntry;

use super::note;
use crate::{error::CliError, printer, world::World};

/// Show one figure over the runs kept on this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Runs with the same letter form a series: they differ in the versions of the
backend and of tacho at most. Each is compared with the one before it in its
series. `tacho note` writes notes.")]
pub(crate) struct History {
    /// The workload, by id; the first of the newest run by default.
    #[arg(long, value_name = "ID")]
    workload: Option<String>,
    /// The metric, by its name in JSON.
    #[arg(long, value_name = "NAME", default_value = "decode_tps")]
    metric: String,
    /// Only runs of this backend: its driver, its name, or `built-in`.
    #[arg(long, value_name = "ID")]
    backend: Option<String>,
    /// Only runs of models with this in their names.
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,
    /// Show at most this many runs, the newest.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: &History) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let (mut sealed, _) = world.archive()?.list()?;
    sealed.retain(|run| command.wants(run));
    let newest = sealed.iter().find_map(|run| run.result.workloads.first());
    let Some(workload) = command.workload.clone().or(newest.map(|w| w.id.to_string())) else {
        if command.json {
            printer::data(&tachograph_report::history_json(&tachograph_report::history(
                &[],
                "",
                &command.metric,
                0,
            )))?;
        }
        printer::talk("no kept run fits: tacho run suite-v2 --quick makes one");
        return Ok(ExitCode::Ok);
    };
    let kept = |run: &'_ RunEntry| note::read(&note::folder(&world, &run.id));
    let mut runs = Vec::new();
    for run in &sealed {
        let notes = kept(run)?.into_iter().map(|note| note.text).collect();
        runs.push(KeptRun { id: run.id.to_string(), result: &run.result, notes });
    }
    let history =
        tachograph_report::history(&runs, &workload, &command.metric, command.limit.max(1));
    if !history.runs.is_empty() && history.runs.iter().all(|run| run.value.is_none()) {
        printer::talk(&format!("no run shown has {} in {workload}", command.metric));
    }
    printer::data(&match command.json {
        true => tachograph_report::history_json(&history),
        false => tachograph_report::history_text(&history, printer::style()),
    })?;
    Ok(ExitCode::Ok)
}

impl History {
    fn wants(&self, run: &RunEntry) -> bool {
        let (backend, model) = (&run.result.backend, &run.result.model);
        let is = |wanted: &String| {
            let names = [backend.driver.as_str(), &backend.info.name, &backend.origin];
            // A found server and a hosted one are no names.
            names[..2].iter().any(|name| name.eq_ignore_ascii_case(wanted))
                || (wanted == "built-in" && names[2] == "built-in")
        };
        self.backend.as_ref().is_none_or(is)
            && self.model.as_ref().is_none_or(|text| model.id.contains(text.as_str()))
    }
}
