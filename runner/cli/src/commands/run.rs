//! `tacho run`: measure, seal, and show.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, ValueEnum};
use tachograph_model::{ExitCode, ProfileName, RunResult, WorkloadStatus};
use tachograph_report::Detail;
use tachograph_sandbox::Host;
use tachograph_session::{Archive, Challenge, Finished, RunOptions, detect_all};
use tachograph_trust::{RunKey, VerifiedSuite, write_atomic};
use tokio::sync::watch;

use super::{
    choice::{Choice, choose},
    cost::Cost,
    detect::absence,
    target::{Launch, Target},
};
use crate::{error::CliError, printer, progress::Progress, stop, world::World};

/// The suite that `tacho run` takes when none is named.
pub(crate) const DEFAULT_SUITE: &str = "suite-v2";

const EXAMPLES: &str = "\
Examples:
  tacho run suite-v2 --quick
  tacho run --workload W1,W4 --iterations 3
  tacho run suite-v2@sha256:… --backend llama-cpp --json out.json
  tacho run --all-backends --quick
  tacho run --model ./model.gguf --program ~/llama.cpp/build/bin
  tacho run --backend openai --model gpt-4.1-mini --quick --prices p.toml --max-cost 1
  tacho run --quick --json - | jq .workloads[0].report.summary

Nothing is sent anywhere but to the backend. With --json FILE the seal is
written beside it as FILE.minisig.";

/// Measure a backend with a suite and seal the result.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// A suite's name or exact pin.
    #[arg(default_value = DEFAULT_SUITE)]
    suite: String,
    /// Fetch an exact pin that is not here: from an address, a folder or a bundle.
    #[arg(long, value_name = "URL|FOLDER|FILE")]
    from: Option<String>,
    /// Run a suite or a plugin that a channel has withdrawn; the result says so.
    #[arg(long)]
    allow_withdrawn: bool,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    launch: Launch,
    /// Measure every local backend that answers, one after another, and print
    /// one table of all.
    #[arg(long, visible_alias = "all-engines", conflicts_with_all = ["backend", "plugin", "launch"])]
    all_backends: bool,
    #[command(flatten)]
    cost: Cost,
    /// Only these workloads, by id or short name: `chat-short`, `W1`.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    workload: Vec<String>,
    /// Short for `--profile quick`.
    #[arg(long, conflicts_with = "profile")]
    quick: bool,
    /// How much to measure.
    #[arg(long, value_enum, default_value_t = Profile::Standard)]
    profile: Profile,
    /// Measured repetitions instead of the profile's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    iterations: Option<u32>,
    /// Cap the output tokens of every request.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_tokens: Option<u32>,
    /// Seconds that each workload may plan to take, instead of the profile's. What
    /// does not fit is left out, and the result says so.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    budget: Option<u32>,
    /// Generate other texts than the suite's; such a run compares with no other.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Give up a request after this many seconds without a byte; when not given,
    /// 600 before the first byte of an answer and 120 within it.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// Read the machine's counters this many times a second; 0 leaves it.
    #[arg(long, value_name = "HZ", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    telemetry: u32,
    /// Leave out measuring the memory's bandwidth, which a backend on the
    /// processor is held against. It takes some seconds, for models larger than
    /// the caches.
    #[arg(long)]
    no_bandwidth: bool,
    /// Before each workload wait until the hottest sensor is down to this many
    /// degrees Celsius, ten minutes at most. The result says so.
    #[arg(long, value_name = "CELSIUS", value_parser = clap::value_parser!(u32).range(20..=110))]
    cooldown_until: Option<u32>,
    /// Answer a challenge: 16 to 64 bytes in hexadecimal that somebody else has
    /// chosen. The prompts follow from it, and the seal names it.
    #[arg(long, value_name = "HEX")]
    challenge: Option<String>,
    /// Leave out the probes of the evidence: a few short requests before the
    /// workloads, which count in no figure.
    #[arg(long)]
    no_canary: bool,
    /// Write the result as JSON, with its seal beside it; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Print every figure with its interval, count and clock.
    #[arg(long)]
    full: bool,
    /// Keep the result here. This version never uploads; the flag is a promise
    /// for scripts that outlive it.
    #[arg(long, visible_alias = "local")]
    no_upload: bool,
}

/// How much a run measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// One trial, smaller contexts.
    Quick,
    /// Five trials.
    Standard,
    /// Ten trials.
    Publish,
}

pub(crate) async fn run(command: Run) -> Result<ExitCode, CliError> {
    if let Some(path) = &command.json {
        check_folder(path)?;
    }
    let challenge = command.challenge.as_deref().map(Challenge::parse).transpose()?;
    let world = World::open()?;
    let from = command.from.as_deref();
    let Choice { suite, held: _held } =
        choose(&world, &command.suite, from, command.allow_withdrawn).await?;
    let bench = Bench {
        host: world.host()?,
        archive: world.archive()?,
        key: run_key(&world)?,
        suite,
        detail: printer::detail(command.full),
    };
    let options = RunOptions {
        profile: match command.profile {
            _ if command.quick => ProfileName::Quick,
            Profile::Quick => ProfileName::Quick,
            Profile::Standard => ProfileName::Standard,
            Profile::Publish => ProfileName::Publish,
        },
        workloads: command.workload,
        iterations: command.iterations,
        max_tokens: command.max_tokens,
        budget_s: command.budget,
        seed: command.seed,
        patience: command.timeout.map(|seconds| Duration::from_secs(seconds.into())),
        telemetry_hz: (command.telemetry > 0).then_some(command.telemetry),
        bandwidth: !command.no_bandwidth,
        cooldown_until_c: command.cooldown_until,
        challenge,
        canary: !command.no_canary,
        cost: command.cost.limit(command.target.model())?,
        seat: None,
        target: command.target.options(&world, command.launch, command.allow_withdrawn)?,
    };
    let json = command.json.as_deref();
    if command.all_backends {
        return bench.all(options, json).await;
    }
    let finished = bench.run(options, stop::on_signal()).await?;
    bench.show(&finished, json)?;
    Ok(exit_code(&finished))
}

/// What runs are made with.
struct Bench {
    host: Arc<Host>,
    archive: Archive,
    key: RunKey,
    suite: VerifiedSuite,
    detail: Detail,
}

impl Bench {
    async fn run(
        &self,
        options: RunOptions,
        interrupt: watch::Receiver<bool>,
    ) -> Result<Finished, CliError> {
        let progress = Arc::new(Progress::new());
        let (suite, observer) = (self.suite.clone(), progress.clone());
        let (archive, key) = (&self.archive, &self.key);
        let finished =
            tachograph_session::run(&self.host, suite, options, archive, key, observer, interrupt);
        let finished = finished.await;
        progress.clear();
        Ok(finished?)
    }

    /// Every local backend that answers, one after another. One that fails is
    /// told and does not stop the others.
    async fn all(&self, options: RunOptions, json: Option<&Path>) -> Result<ExitCode, CliError> {
        let sightings = detect_all(&self.host, &self.suite, &options.target).await?;
        let mut targets = Vec::new();
        for sighting in &sightings {
            for found in &sighting.found {
                let mut target = options.target.clone();
                target.backend = Some(sighting.driver.to_string());
                target.urls = vec![found.url.clone()];
                targets.push(target);
            }
            if sighting.found.is_empty() && sighting.addresses > 0 {
                let (driver, why) = (&sighting.driver, absence(sighting));
                printer::talk(&format!("{driver} not detected; skipped: {why}"));
            }
        }
        if targets.is_empty() {
            targets.push(options.target.clone());
        }
        let interrupt = stop::on_signal();
        let (mut finished, mut first_failure) = (Vec::new(), None);
        for target in targets {
            let options = RunOptions { target, ..options.clone() };
            match self.run(options, interrupt.clone()).await {
                Ok(run) => {
                    self.show(&run, None)?;
                    first_failure = first_failure.or(failure(exit_code(&run)));
                    finished.push(run);
                }
                Err(error) => first_failure = first_failure.or(failure(error.tell())),
            }
            if *interrupt.borrow() {
                break;
            }
        }
        let results: Vec<&RunResult> = finished.iter().map(|run| &run.result).collect();
        printer::data(&tachograph_report::side_by_side(&results, printer::style()))?;
        if let Some(path) = json {
            let text = serde_json::to_vec(&results).map_err(|error| {
                CliError::Usage(format!("--json: the results cannot be written: {error}"))
            })?;
            match path == Path::new("-") {
                true => printer::bytes(&text)?,
                false => write_atomic(path, &text).map_err(CliError::disk("write", path))?,
            }
        }
        Ok(first_failure.unwrap_or(ExitCode::Ok))
    }

    fn show(&self, finished: &Finished, json: Option<&Path>) -> Result<(), CliError> {
        let run = &finished.run;
        let report =
            || tachograph_report::terminal(&finished.result, printer::style(), self.detail);
        match json {
            Some(path) if path == Path::new("-") => printer::bytes(&run.result_bytes)?,
            Some(path) => {
                export(path, &run.result_bytes, &run.signature_bytes)?;
                printer::data(&report())?;
            }
            None => printer::data(&report())?,
        }
        let id = run.run_id().short();
        printer::talk(&format!(
            "sealed as run {id}; check it: tacho verify {id} && tacho replay {id}"
        ));
        if let Some(path) = json.filter(|path| *path != Path::new("-")) {
            let path = path.display();
            printer::talk(&format!("written to {path}, its seal to {path}.minisig"));
        }
        Ok(())
    }
}

fn failure(code: ExitCode) -> Option<ExitCode> {
    (code != ExitCode::Ok).then_some(code)
}

/// A result that has nowhere to go is better refused before it is measured.
pub(super) fn check_folder(path: &Path) -> Result<(), CliError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            Err(CliError::Usage(format!("--json: there is no folder {}", folder.display())))
        }
        _ => Ok(()),
    }
}

pub(crate) fn run_key(world: &World) -> Result<RunKey, CliError> {
    let hash = tachograph_probe::fingerprint().hash;
    Ok(RunKey::load_or_create(&world.home.config, &hash)?)
}

pub(super) fn export(path: &Path, result: &[u8], signature: &[u8]) -> Result<(), CliError> {
    let mut seal = path.as_os_str().to_owned();
    seal.push(".minisig");
    // The seal first: a result without its seal is the state that misleads.
    for (path, bytes) in [(Path::new(&seal), signature), (path, result)] {
        write_atomic(path, bytes).map_err(CliError::disk("write", path))?;
    }
    Ok(())
}

fn exit_code(finished: &Finished) -> ExitCode {
    let failed = |status| status == WorkloadStatus::Failed;
    if finished.interrupted {
        ExitCode::Interrupted
    } else if finished.result.workloads.iter().any(|workload| failed(workload.report.status)) {
        ExitCode::Incomplete
    } else {
        ExitCode::Ok
    }
}
