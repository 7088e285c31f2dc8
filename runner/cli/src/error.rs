//! What a command fails with, and what the user then reads.

use std::{path::PathBuf, process};

use tachograph_model::ExitCode;
use tachograph_sandbox::SandboxError;
use tachograph_session::SessionError;
use tachograph_trust::TrustError;

use crate::printer;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The run, replay or verification failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A manifest, key, signature or blob is wrong.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Suites from elsewhere could not be had.
    #[error(transparent)]
    Update(#[from] tachograph_update::UpdateError),
    /// A suite or plugin that may not be run without the user's word.
    #[error("{what} was withdrawn: {reason}")]
    Withdrawn { what: String, reason: String },
    /// A plugin is not what it should be.
    #[error("{}: {source}", file.display())]
    Plugin { file: PathBuf, source: SandboxError },
    /// A plugin could not be written, built or granted.
    #[error(transparent)]
    Author(#[from] crate::commands::plugin::AuthorError),
    /// A result was not shared, or a row not imported.
    #[error(transparent)]
    Share(#[from] tachograph_share::ShareError),
    /// A plugin could not be tested.
    #[error(transparent)]
    Testkit(#[from] tachograph_testkit::TestkitError),
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Disk { action: &'static str, path: PathBuf, source: std::io::Error },
    /// A value on the command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The built-in engine failed.
    #[error("the built-in engine failed: {0}")]
    Engine(#[from] tachograph_engine::EngineError),
    /// No asynchronous runtime could be started.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// Standard output is gone.
    #[error("cannot write to standard output: {0}")]
    Stdout(std::io::Error),
}

impl CliError {
    pub(crate) fn disk(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { action, path, source }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Session(error) => error.hint(),
            Self::Trust(error) => error.hint().map(|hint| hint.to_string()),
            Self::Update(error) => error.hint().map(str::to_owned),
            Self::Withdrawn { .. } => Some(
                "`tacho suite list` and `tacho plugin list` show others; `tacho run \
                 --allow-withdrawn` runs it and marks the result"
                    .to_owned(),
            ),
            Self::Share(error) => error.hint(),
            Self::Plugin { source, .. } => source.hint().map(str::to_owned),
            Self::Author(error) => error.hint().map(str::to_owned),
            Self::Testkit(error) => error.hint().map(str::to_owned),
            _ => None,
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Session(error) => error.exit_code(),
            Self::Trust(error) => error.exit_code(),
            Self::Update(error) => error.exit_code(),
            Self::Withdrawn { .. } => ExitCode::NotTrusted,
            Self::Share(error) => error.exit_code(),
            Self::Plugin { .. } => ExitCode::Plugin,
            Self::Author(error) => error.exit_code(),
            Self::Testkit(error) => tested(error),
            Self::Disk { .. } => ExitCode::Disk,
            Self::Usage(_) => ExitCode::Usage,
            Self::Engine(_) | Self::Runtime(_) | Self::Stdout(_) => ExitCode::Failed,
        }
    }

    /// Tells the user, and gives what the process ends with.
    pub(crate) fn report(&self) -> process::ExitCode {
        process::ExitCode::from(self.tell().code())
    }

    /// Tells the user of a failure that the command may survive.
    pub(crate) fn tell(&self) -> ExitCode {
        // A reader that closed the pipe has seen enough.
        if !matches!(self, Self::Stdout(error) if error.kind() == std::io::ErrorKind::BrokenPipe) {
            printer::talk(&format!("error: {self}"));
            if let Some(hint) = self.hint() {
                printer::talk(&format!("hint: {hint}"));
            }
        }
        self.exit_code()
    }
}

/// What a process ends with when a plugin could not be tested.
fn tested(error: &tachograph_testkit::TestkitError) -> ExitCode {
    match error.code() {
        "bad-script" | "not-a-driver" => ExitCode::BadInput,
        "bad-config" => ExitCode::Usage,
        "cannot-read" => ExitCode::Disk,
        "no-dialect" => ExitCode::NotFound,
        _ => ExitCode::Failed,
    }
}
