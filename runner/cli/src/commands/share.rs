//! `tacho share`: give a result to others, byte for byte as it is shown first.

use std::{
    fmt,
    io::{IsTerminal as _, stdout},
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, ValueEnum};
use tachograph_model::ExitCode;
use tachograph_session::SealedRun;
use tachograph_share::{
    Answer, Consent, Scanner, ShareError, SubmissionOptions, Withheld, anonymous, consent, full,
    in_ci, submission, submit,
};
use tachograph_trust::{verify_result, write_atomic};

use crate::{
    error::CliError,
    printer,
    question::{self, Said},
    world::World,
};

const ABOUT: &str = "\
Examples:
  tacho share latest --dry-run                    what would leave, and nothing more
  tacho share latest -o shared.json               one file, with its seal inside
  tacho share latest --anon -o shared.json        the machine as a hash; no seal
  tacho share latest --form octomil --to https://…/api/v1/benchmarks

The exact bytes go to standard output before anything else happens. They are
searched for names of this machine and user, addresses, paths, serial numbers
and keys; what is found stops it. Prompts, answers and tapes are never shared.

Nothing is sent without a yes: on the terminal, or --yes. In a CI job only
--upload sends. What is sent cannot be taken back.

Exit codes: 40 it stayed here, 41 the server did not take it.";

const PERMANENT: &str = "\
What is sent is permanent: it can be joined to other results by anyone, and
neither you nor this program can take it back.";

/// The variable that may hold the server's address.
const TO: &str = "TACHO_SHARE_URL";
/// The variable that may hold the server's key.
const API_KEY: &str = "TACHO_API_KEY";

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The sealed result and its seal.
    Full,
    /// One row of the Octomil device-profiling API.
    Octomil,
}

/// A key that `Debug` does not show.
#[derive(Clone)]
struct Key(String);

impl FromStr for Key {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Give a result to others, byte for byte as it is shown first.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Share {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// What to give.
    #[arg(long, value_enum, default_value_t = Form::Full)]
    form: Form,
    /// The workload of the row; without it, the first with requests of one kind.
    #[arg(long, value_name = "ID")]
    workload: Option<String>,
    /// Reduce the machine to the hash of its fingerprint.
    #[arg(long)]
    anon: bool,
    /// Show what would be shared, and end.
    #[arg(long)]
    dry_run: bool,
    /// Write it to a file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Send it to a server: https, or plain http on this machine. Once, whatever
    /// the answer.
    #[arg(long, value_name = "URL", env = TO)]
    to: Option<String>,
    /// The server's key. In the variable it is not seen by other users.
    #[arg(long, value_name = "KEY", env = API_KEY, hide_env_values = true)]
    api_key: Option<Key>,
    /// Send without being asked, also in a CI job or without a key.
    #[arg(long)]
    upload: bool,
    /// Answer the question with yes.
    #[arg(short, long)]
    yes: bool,
    /// Send nothing, whatever else is said.
    #[arg(long, visible_alias = "local")]
    no_upload: bool,
    /// Let something that was found at these places pass, for example
    /// `/fingerprint/accelerators/0/name`. A key never passes.
    #[arg(long, value_name = "PLACES", value_delimiter = ',')]
    allow: Vec<String>,
}

pub(crate) async fn run(command: Share) -> Result<ExitCode, CliError> {
    if command.workload.is_some() && command.form != Form::Octomil {
        return Err(CliError::Usage("--workload goes with --form octomil".to_owned()));
    }
    let run = World::open()?.archive()?.find(&command.run)?;
    let bytes = command.form(&run)?;
    let found = command.found(&bytes)?;
    if found.iter().any(|one| one.opens) || !(found.is_empty() || command.dry_run) {
        return Err(ShareError::Findings(found).into());
    }
    printer::bytes(&bytes)?;
    if stdout().is_terminal() {
        printer::talk("");
    }
    match (found.is_empty(), command.dry_run) {
        (false, _) => return Err(ShareError::Findings(found).into()),
        (true, true) => return Ok(ExitCode::Ok),
        (true, false) => {}
    }
    if let Some(file) = &command.output {
        write_atomic(file, &bytes).map_err(CliError::disk("write", file))?;
        printer::talk(&format!("{} bytes written to {}", bytes.len(), file.display()));
    }
    match &command.to {
        Some(to) => command.send(to, bytes).await?,
        None if command.output.is_none() => {
            printer::talk("nothing was written or sent: -o FILE writes it, --to URL sends it");
        }
        None => {}
    }
    Ok(ExitCode::Ok)
}

impl Share {
    /// The exact bytes. Only of a result whose seal holds.
    fn form(&self, run: &SealedRun) -> Result<Vec<u8>, CliError> {
        let file = run.result_path().display().to_string();
        if self.form == Form::Full && !self.anon {
            return Ok(full(&run.result_bytes, &run.signature_bytes, &file)?);
        }
        let result = verify_result(&run.result_bytes, &run.signature_bytes, &file)?.result;
        Ok(match self.form {
            Form::Full => anonymous(&result)?,
            Form::Octomil => {
                let options = SubmissionOptions {
                    workload: self.workload.clone(),
                    anonymous: self.anon,
                    ci: ci(),
                };
                submission(&result, &options)?
            }
        })
    }

    /// What in it must not leave, without what the user let pass.
    fn found(&self, bytes: &[u8]) -> Result<Vec<tachograph_share::Finding>, CliError> {
        let document = serde_json::from_slice(bytes)
            .map_err(|error| ShareError::Form { reason: error.to_string() })?;
        let given = self.api_key.clone().map(|key| ("--api-key".to_owned(), key.0));
        let mut found = Scanner::of_this_machine(given).scan(&document);
        found.retain(|one| one.opens || !self.allow.contains(&one.place));
        Ok(found)
    }

    async fn send(&self, to: &str, bytes: Vec<u8>) -> Result<(), CliError> {
        let said = Consent {
            keep_here: self.no_upload,
            key: self.api_key.is_some(),
            upload: self.upload,
            yes: self.yes,
            ci: ci(),
            terminal: question::somebody(),
        };
        let server = tachograph_report::printable(to);
        match consent(&said) {
            Answer::Withhold(Withheld::KeptHere) => {
                printer::talk("nothing was sent: --no-upload keeps it here");
                return Ok(());
            }
            Answer::Withhold(why) => return Err(ShareError::Withheld(why).into()),
            Answer::Send => printer::talk(PERMANENT),
            Answer::Ask => {
                printer::talk(PERMANENT);
                let count = bytes.len();
                match question::ask(&format!("Send these {count} bytes to {server}?")) {
                    Said::Yes => {}
                    Said::No => return Err(ShareError::Withheld(Withheld::Declined).into()),
                    Said::Nobody => return Err(ShareError::Withheld(Withheld::NobodyToAsk).into()),
                }
            }
        }
        let accepted = submit(to, self.api_key.as_ref().map(|key| key.0.as_str()), bytes).await?;
        printer::talk(&format!("{server} took it ({}): {}", accepted.status, accepted.said));
        Ok(())
    }
}

fn ci() -> bool {
    in_ci(|name| std::env::var_os(name))
}
