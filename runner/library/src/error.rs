//! What can go wrong before there is a result.

use tachograph_engine::EngineError;
use tachograph_sandbox::SandboxError;
use tachograph_session::SessionError;
use tachograph_trust::TrustError;

/// Why there is no result. What goes wrong with one workload is in the result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The run could not begin, or could not be kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A suite, key or seal is not to be trusted, or is not there.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The sandbox of the plugins could not be set up.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The built-in engine failed, in the process that is the engine.
    #[error("the built-in engine failed: {0}")]
    Engine(#[from] EngineError),
    /// The system gave no runtime, no address or no path of this program.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// What the user can do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Session(error) => error.hint(),
            Self::Trust(error) => error.hint().map(|hint| hint.to_string()),
            Self::Sandbox(error) => error.hint().map(str::to_owned),
            Self::Engine(_) | Self::System { .. } => None,
        }
    }

    pub(crate) fn system(action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::System { action, source }
    }
}
