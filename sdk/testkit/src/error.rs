//! Why a plugin could not be tested at all.

use std::path::PathBuf;

use tachograph_session::SessionError;

/// A failure of the kit. What a plugin does wrong is no such failure: it is in
/// the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestkitError {
    /// `bad-script`: a script file is not one.
    #[error("the script cannot be used: {reason}")]
    Script {
        /// What is wrong with it.
        reason: String,
    },
    /// `cannot-read`: a file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `not-a-driver`: the plugin is a workload; the kit tests drivers.
    #[error("`{plugin}` is a workload; this kit tests drivers")]
    NotADriver {
        /// The id of the plugin.
        plugin: String,
    },
    /// `bad-config`: the configuration does not fit the schema that the driver gives.
    #[error("the configuration does not fit the driver's schema: {reason}")]
    Config {
        /// Where and why.
        reason: String,
    },
    /// `no-dialect`: the driver accepts none of the kit's servers.
    #[error("the driver accepts none of the kit's servers ({})", tried.join(", "))]
    NoDialect {
        /// The servers that were tried, each with what the driver said.
        tried: Vec<String>,
    },
    /// `no-server`: a server of the kit could not listen on the loopback.
    #[error("a test server could not be started: {0}")]
    Server(#[source] std::io::Error),
    /// `client`: the client could not be set up.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl TestkitError {
    /// The documented code of this failure, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Script { .. } => "bad-script",
            Self::Read { .. } => "cannot-read",
            Self::NotADriver { .. } => "not-a-driver",
            Self::Config { .. } => "bad-config",
            Self::NoDialect { .. } => "no-dialect",
            Self::Server(_) => "no-server",
            Self::Session(_) => "client",
        }
    }

    /// What the user can do next, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Script { .. } => Some(
                "the section `Scripts` of the author's guide, sdk/README.md, has every field and \
                 placeholder",
            ),
            Self::NotADriver { .. } => {
                Some("a workload is checked by `tacho plugin inspect` and by a run")
            }
            Self::NoDialect { .. } => Some(
                "name its dialect with --dialect to see why, or describe its server with --script",
            ),
            _ => None,
        }
    }
}
