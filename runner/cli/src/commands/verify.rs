//! `tacho verify`: is this result what it says it is?

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_session::{Challenge, answers};

use crate::{error::CliError, printer, world::World};

const MEANING: &str = "\
A seal proves that nobody changed the result since the holder of the key made
it. It does not prove that the measurement happened; the tape and its replay
make that believable, and a reproduction more so.";

/// Check the seal, the schema, the suite and the tape of a result.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Verify {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// Check as well that the result answers this challenge, which you gave.
    #[arg(long, value_name = "HEX")]
    challenge: Option<String>,
}

pub(crate) fn run(command: &Verify) -> Result<ExitCode, CliError> {
    let challenge = command.challenge.as_deref().map(Challenge::parse).transpose()?;
    let world = World::open()?;
    let archive = world.archive()?;
    let run = archive.find(&command.run)?;
    let verified = tachograph_session::verify(&world.catalog()?, &run)?;
    let line = |name: &str, text: &str| printer::data(&format!("{name:<11}{text}"));
    line("run", &verified.run_id.to_string())?;
    line("seal", &format!("holds, by key {}", verified.key_id))?;
    line("schema", "valid, canonical")?;
    line(
        "suite",
        &format!(
            "{}@{}…",
            verified.result.suite.pin.name,
            verified.result.suite.pin.digest.short()
        ),
    )?;
    line(
        "",
        match (verified.suite_checked, verified.development_key) {
            (true, false) => "signed by a suite key that this build trusts",
            (true, true) => "signed by the development key that this build trusts",
            (false, _) => "NOT CHECKED: this suite is not on this machine",
        },
    )?;
    line(
        "tape",
        match verified.tape_checked {
            true => "its chain is whole and ends where the result says",
            false => "NOT CHECKED: the tape is not on this machine",
        },
    )?;
    if let Some(challenge) = &challenge {
        answers(&verified.result, challenge)?;
        archive.remember(&verified.run_id, |standing| {
            standing.challenge = Some(challenge.as_str().to_owned());
        })?;
        line("challenge", "answered: nonce, plans and seal follow from it")?;
    }
    let level = archive.standing(&verified.run_id)?.level(&verified.result);
    line("level", &format!("{level}: {}", tachograph_report::level_meaning(level)))?;
    Ok(ExitCode::Ok)
}
