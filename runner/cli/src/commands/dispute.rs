//! `tacho dispute`: the evidence of a run in one file, and what it shows.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tachograph_model::{Check, CheckOutcome, ExitCode};
use tachograph_session::{Contents, export, inspect};
use tachograph_trust::write_atomic;

use crate::{error::CliError, printer, world::World};

/// The most bytes of a bundle that are read.
const MOST_BYTES: u64 = 1536 << 20;

const HANDING_OVER: &str = "\
The file is a tar archive: the result, its seal, and the stamps of every read
(raw timings). It holds no prompt, no output and no key. --with-outputs adds the
tape, which has all prompts, outputs and answers of the server, and local paths
if the server names any; only with it can the chain and the replay be checked.";

const CHECKED: &str = "\
Every check has a verdict: pass, FAIL, or unknown where the bundle does not hold
what it needs. Those of the evidence are made anew from the tape.

Exit codes: 0 nothing failed, 20 a seal, file or chain does not hold, 21 the tape
gives another result, 24 another check failed.";

/// Hand over the evidence of a run, or check what was handed over.
#[derive(Debug, Subcommand)]
pub(crate) enum Dispute {
    /// Write the evidence of a run into one file.
    Export(Export),
    /// Check such a file, with a verdict on each thing that can be checked.
    Inspect(Inspect),
}

/// Write the evidence of a run into one file.
#[derive(Debug, Args)]
#[command(after_help = HANDING_OVER)]
pub(crate) struct Export {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// The file; `RUN.dispute.tar` when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add the tape, with every prompt and output.
    #[arg(long)]
    with_outputs: bool,
}

/// Check a file of evidence.
#[derive(Debug, Args)]
#[command(after_help = CHECKED)]
pub(crate) struct Inspect {
    /// The file.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Dispute) -> Result<ExitCode, CliError> {
    match command {
        Dispute::Export(command) => write(&command),
        Dispute::Inspect(command) => read(&command).await,
    }
}

fn write(command: &Export) -> Result<ExitCode, CliError> {
    let run = World::open()?.archive()?.find(&command.run)?;
    let contents = if command.with_outputs { Contents::Everything } else { Contents::Timings };
    let bundle = export(&run, contents)?;
    let default = || PathBuf::from(format!("{}.dispute.tar", run.run_id().short()));
    let path = command.output.clone().unwrap_or_else(default);
    write_atomic(&path, &bundle.bytes).map_err(CliError::disk("write", &path))?;
    for (name, size) in &bundle.files {
        printer::talk(&format!("  {name}, {}", tachograph_report::bytes(*size)));
    }
    for missing in &bundle.left_out {
        printer::talk(&format!("  left out: {missing}"));
    }
    if command.with_outputs {
        printer::talk("  it holds prompts, outputs and what the server said of itself");
    }
    printer::data(&path.display().to_string())?;
    Ok(ExitCode::Ok)
}

async fn read(command: &Inspect) -> Result<ExitCode, CliError> {
    let path = &command.file;
    let size = std::fs::metadata(path).map_err(CliError::disk("read", path))?.len();
    if size > MOST_BYTES {
        return Err(CliError::Usage(format!("{} is larger than any dispute", path.display())));
    }
    let bytes = std::fs::read(path).map_err(CliError::disk("read", path))?;
    let world = World::open()?;
    let (runs, _) = world.archive()?.list()?;
    let known: Vec<_> = runs.into_iter().map(|run| (run.id, run.result)).collect();
    let file = path.display().to_string();
    let seen = inspect(&world.host()?, &world.catalog()?, &bytes, &file, &known).await?;
    if command.json {
        let document = serde_json::json!({
            "kind": "inspection", "schema": 1, "run": seen.run, "checks": seen.checks,
            "left_out": seen.left_out,
        });
        printer::data(&format!("{document:#}"))?;
    } else {
        printer::data(&format!("run {}", seen.run))?;
        printer::data(&tachograph_report::checks_text(&seen.checks, printer::style()))?;
        for missing in &seen.left_out {
            printer::talk(&format!("left out: {missing}"));
        }
    }
    Ok(exit_code(&seen.checks))
}

/// The gravest of what failed.
fn exit_code(checks: &[Check]) -> ExitCode {
    let failed = |names: &[&str]| {
        let mut failed = checks.iter().filter(|check| check.outcome == CheckOutcome::Fail);
        failed.any(|check| names.is_empty() || names.contains(&check.name.as_str()))
    };
    if failed(&["files", "seal", "suite", "chain"]) {
        ExitCode::NotTrusted
    } else if failed(&["replay"]) {
        ExitCode::NotReproduced
    } else if failed(&[]) {
        ExitCode::Doubtful
    } else {
        ExitCode::Ok
    }
}
