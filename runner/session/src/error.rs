//! Why a run, a replay or a verification ended.

use std::path::PathBuf;

use tachograph_model::ExitCode;
use tachograph_net::NetError;
use tachograph_sandbox::SandboxError;
use tachograph_tape::TapeError;
use tachograph_trust::TrustError;

/// A failure that ends the command. What a single workload or request fails
/// with is no such failure: it is in the result.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A suite, signature, pin or seal is not to be trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A plugin could not be loaded or broke the contract, or the sandbox could
    /// not be set up.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The network client could not be used.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The tape could not be written or is damaged.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The backend that the user asked for does not answer.
    #[error("no backend answers: {0}")]
    NoBackend(String),
    /// A name that the user gave is unknown.
    #[error("{what} `{name}` is unknown")]
    Unknown {
        /// What kind of name.
        what: &'static str,
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A backend that should be started did not come up.
    #[error("cannot start {program}: {reason}")]
    Launch {
        /// The program.
        program: String,
        /// What happened.
        reason: String,
    },
    /// A backend should be started, and no program that could is here.
    #[error(
        "there is nothing to start: no driver's program for this model is here{}",
        looked_for(programs)
    )]
    NothingToLaunch {
        /// The programs that were looked for.
        programs: Vec<String>,
    },
    /// A plugin asks for what neither the user nor the suite has granted.
    #[error("plugin `{plugin}` asks for what was not granted: {}", missing.join("; "))]
    NotGranted {
        /// The id of the plugin.
        plugin: String,
        /// What is missing, one phrase each.
        missing: Vec<String>,
    },
    /// A setting of a driver is wrong.
    #[error("`{backend}` does not take these settings: {reason}")]
    Setting {
        /// The driver.
        backend: String,
        /// What its schema says against them.
        reason: String,
        /// The settings that it has.
        known: Vec<String>,
    },
    /// A hosted API was named and its key is not here.
    #[error("{backend} needs a key, and the environment variable {variable} is not set")]
    NoKey {
        /// The preset.
        backend: String,
        /// The variable.
        variable: String,
    },
    /// A tape that replays to something else, or lacks what a replay asks for.
    #[error("the replay parts from the tape at `{at}`: {reason}")]
    Diverged {
        /// The fact or exchange.
        at: String,
        /// What is different.
        reason: String,
    },
    /// A result that does not answer the challenge.
    #[error("the result does not answer this challenge: {reason}")]
    Unanswered {
        /// What is missing.
        reason: String,
    },
    /// The suite or a plugin of a result that should be measured again is not here.
    #[error("{what} is not on this machine")]
    NotHere {
        /// What is missing, with its pin.
        what: String,
        /// How to get it.
        how: String,
    },
    /// A document could not be fetched.
    #[error("cannot fetch {url}: {reason}")]
    Fetch {
        /// Its address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// A document that should be JSON of a known shape is not.
    #[error("{what} cannot be read: {reason}")]
    Malformed {
        /// The document.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// Two runs were to take turns, and nothing of them could be compared.
    #[error("the two may not be compared:\n  · {}", reasons.join("\n  · "))]
    NotComparable {
        /// Why, one sentence each.
        reasons: Vec<String>,
    },
    /// Nothing was measured: the user stopped the run before its first step.
    #[error("stopped before anything was measured")]
    Stopped,
}

impl SessionError {
    /// What the user can do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { what: "backend", known, .. } => Some(format!(
                "known: {}; a driver plugin of your own is named with --plugin FILE",
                known.join(", ")
            )),
            Self::Unknown { what: "run", .. } => Some(
                "`tacho runs` lists the runs that are kept here; a result file is named by its path"
                    .to_owned(),
            ),
            Self::Unknown { known, .. } if !known.is_empty() => {
                Some(format!("known: {}", known.join(", ")))
            }
            Self::Setting { known, .. } => Some(match known.is_empty() {
                true => "it has no settings".to_owned(),
                false => format!("--set takes {}", known.join(", ")),
            }),
            Self::NoBackend(_) => Some(
                "start one, name its address with --url, or leave --backend, --plugin and --url out \
                 to measure the built-in engine"
                    .to_owned(),
            ),
            Self::Launch { .. } | Self::NothingToLaunch { .. } => {
                Some("install it, or name the program (or its folder) with --program".to_owned())
            }
            Self::NotGranted { .. } => {
                Some("see what it asks for and grant it: tacho plugin grant FILE".to_owned())
            }
            Self::NoKey { variable, .. } => Some(format!(
                "export {variable}=…; the key is sent to that backend alone and kept nowhere"
            )),
            Self::Diverged { .. } => Some(
                "the tape, the plugins or this build of tacho differ from those of the run"
                    .to_owned(),
            ),
            Self::NotComparable { .. } => Some(
                "name what is compared with --by, or measure all the same with --anyway"
                    .to_owned(),
            ),
            Self::Unanswered { .. } => Some(
                "a run answers a challenge that was given before it: tacho run --challenge HEX"
                    .to_owned(),
            ),
            Self::NotHere { how, .. } => Some(how.clone()),
            Self::Fetch { .. } => Some(
                "save the result and its .minisig beside each other, and name the file".to_owned(),
            ),
            Self::Sandbox(error) => error.hint().map(str::to_owned),
            Self::Trust(error) => error.hint().map(|hint| hint.to_string()),
            _ => None,
        }
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Trust(error) => error.exit_code(),
            Self::Sandbox(_) | Self::NotGranted { .. } => ExitCode::Plugin,
            Self::Net(_) | Self::Launch { .. } | Self::Fetch { .. } => ExitCode::Backend,
            Self::Setting { .. } => ExitCode::Usage,
            Self::NothingToLaunch { .. } | Self::NoKey { .. } => ExitCode::NotFound,
            Self::Tape(TapeError::Damaged { .. } | TapeError::NotATape { .. }) => {
                ExitCode::NotTrusted
            }
            Self::Tape(_) | Self::Disk { .. } => ExitCode::Disk,
            Self::NoBackend(_) | Self::Unknown { .. } | Self::NotHere { .. } => ExitCode::NotFound,
            Self::Unanswered { .. } => ExitCode::NotTrusted,
            Self::Diverged { .. } => ExitCode::NotReproduced,
            Self::Malformed { .. } => ExitCode::BadInput,
            Self::NotComparable { .. } => ExitCode::NotComparable,
            Self::Stopped => ExitCode::Interrupted,
        }
    }
}

fn looked_for(programs: &[String]) -> String {
    match programs {
        [] => String::new(),
        programs => format!(" (looked for {} in PATH)", programs.join(", ")),
    }
}

/// Names the file that an I/O error is about.
pub(crate) fn disk<'a>(
    action: &'static str,
    path: &'a std::path::Path,
) -> impl FnOnce(std::io::Error) -> SessionError + 'a {
    move |source| SessionError::Disk { action, path: path.to_owned(), source }
}
