//! `tacho runs`: what was measured on this machine.

use clap::Args;
use tachograph_model::{EvidenceLevel, ExitCode, WorkloadStatus};
use tachograph_report::RunRow;
use tachograph_session::{Archive, RunEntry};
use tachograph_share::Imports;

use crate::{error::CliError, printer, world::World};

/// List the runs kept on this machine.
#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// List the rows of others that were imported, instead.
    #[arg(long)]
    imported: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: &Runs) -> Result<ExitCode, CliError> {
    if command.imported {
        return imported(command.json);
    }
    let archive = World::open()?.archive()?;
    let (sealed, unsealed) = archive.list()?;
    let levels = sealed.iter().map(|run| level(&archive, run)).collect::<Result<Vec<_>, _>>()?;
    if command.json {
        let runs: Vec<_> = sealed
            .iter()
            .zip(&levels)
            .map(|(run, level)| {
                let result = &run.result;
                serde_json::json!({
                    "id": run.id,
                    "started_unix_s": result.started_unix_s,
                    "suite": result.suite,
                    "backend": result.backend.info.name,
                    "model": result.model,
                    "level": level,
                })
            })
            .collect();
        printer::data(&format!("{:#}", serde_json::Value::Array(runs)))?;
        return Ok(ExitCode::Ok);
    }
    match sealed.is_empty() {
        true => printer::talk("no runs yet: tacho run suite-v2 --quick makes one"),
        false => {
            let rows: Vec<RunRow> =
                sealed.iter().zip(&levels).map(|(run, level)| row(run, *level)).collect();
            printer::data(&tachograph_report::runs_table(&rows, printer::style()))?;
        }
    }
    for recording in unsealed {
        printer::talk(&format!(
            "never sealed (killed, or still running): {}",
            recording.tape.display()
        ));
    }
    Ok(ExitCode::Ok)
}

/// What others claim, apart from what was measured here.
fn imported(json: bool) -> Result<ExitCode, CliError> {
    let kept = Imports::under(&World::open()?.home.data).list()?;
    if json {
        let rows: Vec<_> = kept
            .iter()
            .map(|kept| serde_json::json!({ "id": kept.id, "imported": kept.imported }))
            .collect();
        printer::data(&format!("{:#}", serde_json::Value::Array(rows)))?;
        return Ok(ExitCode::Ok);
    }
    match kept.is_empty() {
        true => printer::talk("no rows yet: tacho import octomil FILE keeps some"),
        false => {
            let rows: Vec<_> = kept.iter().map(|kept| (kept.id, &kept.imported)).collect();
            printer::data(&tachograph_report::imported_table(&rows, printer::style()))?;
            printer::talk("claimed by others: nobody checked these figures");
        }
    }
    Ok(ExitCode::Ok)
}

fn level(archive: &Archive, run: &RunEntry) -> Result<EvidenceLevel, CliError> {
    Ok(archive.standing(&run.id)?.level(&run.result))
}

fn row(run: &RunEntry, level: EvidenceLevel) -> RunRow {
    let result = &run.result;
    let decode = result.workloads.iter().find_map(|workload| {
        workload.report.summary.get("decode_tps").and_then(|metric| metric.value)
    });
    let measured = result
        .workloads
        .iter()
        .filter(|workload| workload.report.status == WorkloadStatus::Measured)
        .count();
    RunRow {
        id: run.id.short(),
        started_unix_s: result.started_unix_s,
        suite: result.suite.pin.name.to_string(),
        profile: format!("{:?}", result.suite.profile).to_lowercase(),
        // As `--backend` takes it; the model's name tells the rest.
        backend: match result.backend.origin.as_str() {
            "built-in" => "built-in".to_owned(),
            _ => result.backend.info.name.clone(),
        },
        model: result.model.id.clone(),
        decode_tps: decode,
        level,
        status: format!("{measured}/{}", result.workloads.len()),
    }
}
