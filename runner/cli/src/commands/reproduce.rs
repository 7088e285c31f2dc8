//! `tacho reproduce`: measure somebody's result again and seal the answer.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use tachograph_model::{Digest, ExitCode, Reproduction, ReproductionVerdict, RunResult};
use tachograph_session::{
    Archive, Ask, Obstacle, Plans, ReproductionNote, RunOptions, SealedRun, TargetOptions, answer,
    before, fetch, plans,
};
use tachograph_trust::{RunKey, SealedReproduction, seal_reproduction, verify_result};

use super::{
    choice::{Choice, choose},
    run::{check_folder, export, run_key},
    target::{Launch, Target},
};
use crate::{error::CliError, printer, progress::Progress, stop, world::World};

const MEANING: &str = "\
Examples:
  tacho reproduce latest
  tacho reproduce their.json --backend llama-cpp --url http://127.0.0.1:8080
  tacho reproduce https://example.org/runs/their.json --model ./model.gguf

The seal is checked, the exact suite is taken, the plans are made again from it
and compared, and the same profile, workloads and settings are run. A figure
agrees when the 95 % interval of its ratio touches the band in which runs of one
thing lie (10 % for rates, 20 % for times). All deciding figures agree:
reproduced. Another machine, model, quantization, server or plan: not
comparable, whatever the figures say.

The answer is sealed with your run key, beside the new run as reproduction.json.
An address is fetched only when you name one, without its tape.

Exit codes: 0 reproduced, 22 not comparable, 23 not reproduced.";

/// Measure somebody's result again and seal the answer.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Reproduce {
    /// The first digits of a run id, a result file, `latest`, or an http(s) address.
    result: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    launch: Launch,
    /// Fetch the exact suite when it is not here: from an address, a folder or a
    /// bundle.
    #[arg(long, value_name = "URL|FOLDER|FILE")]
    from: Option<String>,
    /// Measure even when the suite or the plugin was withdrawn; the new result says so.
    #[arg(long)]
    allow_withdrawn: bool,
    /// Measure even where the figures cannot be compared.
    #[arg(long)]
    anyway: bool,
    /// Write the answer as JSON, with its seal beside it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) async fn run(command: Reproduce) -> Result<ExitCode, CliError> {
    if let Some(path) = &command.json {
        check_folder(path)?;
    }
    let world = World::open()?;
    let archive = world.archive()?;
    let original = match command.result.contains("://") {
        true => fetch(&command.result).await?,
        false => archive.find(&command.result)?,
    };
    let result = verified(&original)?;
    let id = original.run_id();
    let pin = result.suite.pin.to_string();
    if command.from.is_none() {
        // What is missing here, and how to get it, is told better than by its name.
        Ask::suite(&world.catalog()?, &result)?;
    }
    let Choice { held: _held, .. } =
        choose(&world, &pin, command.from.as_deref(), command.allow_withdrawn).await?;
    let suite = Ask::suite(&world.catalog()?, &result)?;
    let key = run_key(&world)?;
    let target = command.target.options(&world, command.launch, command.allow_withdrawn)?;
    let options = options(target, Ask::of(&result)?);
    let driver = options.target.plugin.as_ref().map(|plugin| Digest::of(&plugin.bytes));
    let here = tachograph_probe::fingerprint();
    let host = world.host()?;
    let mut obstacles = before(&result, &here, driver.as_ref());
    obstacles.extend(replanned(plans(&host, &suite, &result).await?, &result));
    let (sealed, beside) = if obstacles.is_empty() || command.anyway {
        let progress = Arc::new(Progress::new());
        let finished = tachograph_session::run(
            &host,
            suite,
            options,
            &archive,
            &key,
            progress.clone(),
            stop::on_signal(),
        );
        let finished = finished.await;
        progress.clear();
        let finished = finished?;
        if finished.interrupted {
            printer::talk("interrupted: the new run is kept, and the result is not answered");
            return Ok(ExitCode::Interrupted);
        }
        let new = (finished.run.run_id(), finished.result);
        let answered = answer((&id, &result), Some((&new.0, &new.1)), &obstacles);
        (seal(&answered, &key)?, Some(finished.run))
    } else {
        (seal(&answer((&id, &result), None, &obstacles), &key)?, None)
    };
    keep(&archive, &original, beside.as_ref(), &sealed, command.json.as_deref())?;
    let (answered, _) = sealed;
    printer::data(&tachograph_report::reproduction_text(&answered, printer::style()))?;
    if answered.by.is_none() {
        printer::talk("nothing was measured; --anyway measures all the same");
    }
    if answered.by.is_some() && answered.sealed_by == result.sealed_by {
        printer::talk("the same key sealed both: it says that you agree with yourself");
    }
    Ok(match answered.verdict {
        ReproductionVerdict::Reproduced => ExitCode::Ok,
        ReproductionVerdict::NotReproduced => ExitCode::NotConfirmed,
        ReproductionVerdict::NotComparable => ExitCode::NotComparable,
    })
}

/// Tells what came of the plans; the obstacles are left.
fn replanned(plans: Plans, result: &RunResult) -> Vec<Obstacle> {
    let (of, pin) = (result.workloads.len(), &result.suite.pin);
    printer::talk(&format!("{} of {of} plans are those of {pin}", plans.held));
    plans.notes.iter().for_each(|note| printer::talk(note));
    plans.obstacles
}

/// The result, its seal checked: nobody answers what nobody claims.
fn verified(run: &SealedRun) -> Result<RunResult, CliError> {
    let file = run.result_path().display().to_string();
    Ok(verify_result(&run.result_bytes, &run.signature_bytes, &file)?.result)
}

fn options(mut target: TargetOptions, ask: Ask) -> RunOptions {
    // What the user names is taken; the rest is as it was.
    if target.plugin.is_none() && target.backend.is_none() {
        target.backend = Some(ask.backend);
    }
    target.model = target.model.or(Some(ask.model));
    for (name, value) in ask.config {
        target.config.entry(name).or_insert(value);
    }
    RunOptions {
        profile: ask.profile,
        workloads: ask.workloads,
        iterations: ask.iterations,
        max_tokens: ask.max_tokens,
        budget_s: ask.budget_s,
        seed: ask.seed,
        patience: ask.patience,
        telemetry_hz: Some(10),
        bandwidth: true,
        cooldown_until_c: None,
        challenge: None,
        canary: true,
        cost: None,
        seat: None,
        target,
    }
}

fn seal(
    answered: &Reproduction,
    key: &RunKey,
) -> Result<(Reproduction, SealedReproduction), CliError> {
    let sealed = seal_reproduction(answered, key)?;
    let read = Reproduction { sealed_by: key.public_key().to_text(), ..answered.clone() };
    Ok((read, sealed))
}

/// Keeps the answer beside the new run, and what it says beside the answered one.
fn keep(
    archive: &Archive,
    original: &SealedRun,
    beside: Option<&SealedRun>,
    (answered, sealed): &(Reproduction, SealedReproduction),
    json: Option<&std::path::Path>,
) -> Result<(), CliError> {
    let beside = beside.map(|run| run.result_path().with_file_name("reproduction.json"));
    for path in beside.as_deref().into_iter().chain(json) {
        export(path, &sealed.bytes, sealed.signature_text.as_bytes())?;
        printer::talk(&format!("sealed as {}", path.display()));
    }
    archive
        .remember(&original.run_id(), |standing| {
            standing.reproductions.push(ReproductionNote {
                by: answered.by,
                key: answered.sealed_by.clone(),
                verdict: answered.verdict,
                at_unix_s: answered.made_unix_s,
            });
        })
        .map_err(CliError::from)
}
