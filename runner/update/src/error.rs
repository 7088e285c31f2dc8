//! What can go wrong with an update.

use std::{io, path::Path};

use tachograph_model::{ExitCode, Name};
use tachograph_trust::{StoreError, TrustError};

/// Why nothing was updated. What was there before is still in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// Something that was served, or that is kept here, is not trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The address cannot be used.
    #[error("`{from}` is no place for updates: {reason}")]
    Origin {
        /// What was named.
        from: String,
        /// Why not.
        reason: &'static str,
    },
    /// Nobody said where updates come from.
    #[error("no address for updates is known: this version has no public channel built in")]
    NoOrigin,
    /// A document or blob could not be had.
    #[error("{url}: {reason}")]
    Fetch {
        /// Where it was asked for.
        url: String,
        /// Which rule or failure ended it.
        code: FetchCode,
        /// What happened.
        reason: String,
    },
    /// Something that has to be there is not.
    #[error("{url}: there is no {what} here")]
    Absent {
        /// Where it was asked for.
        url: String,
        /// For example `index of the channel stable`.
        what: String,
    },
    /// A plugin that the index does not offer.
    #[error("the channel {channel} offers no plugin {name}: {reason}")]
    NoPlugin {
        /// The channel.
        channel: Name,
        /// What was asked for.
        name: Name,
        /// What it lists instead, or why it was withdrawn.
        reason: String,
    },
    /// A chain of roots without an end.
    #[error("{url}: more than {limit} roots follow the one in force")]
    Hops {
        /// The root after the last one that was read.
        url: String,
        /// The most that are read at once.
        limit: u64,
    },
    /// A bundle is damaged, or none.
    #[error("{file}: not a bundle: {reason}")]
    Bundle {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// What is remembered of earlier updates is damaged.
    #[error("{file}: the record of earlier updates cannot be used: {reason}")]
    State {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A run or another update goes on.
    #[error("{file}: a run, or another update, is going on")]
    Busy {
        /// The lock.
        file: String,
    },
    /// A publication would not be accepted by anybody.
    #[error("{file}: {reason}")]
    Publish {
        /// The document or folder.
        file: String,
        /// Why.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a fetch ended without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchCode {
    /// No connection, or it broke.
    Connection,
    /// Another answer than 200, or than 404 where absence is an answer.
    Status,
    /// More bytes than there may be.
    TooLarge,
    /// Fewer bytes a second than there have to be.
    TooSlow,
    /// A redirect to another scheme, to plain text, or too many of them.
    Redirect,
    /// A body in an encoding: nothing is unpacked before it is hashed.
    Encoded,
}

impl FetchCode {
    fn text(self) -> &'static str {
        match self {
            Self::Connection => "fetch-connection",
            Self::Status => "fetch-status",
            Self::TooLarge => "fetch-too-large",
            Self::TooSlow => "fetch-too-slow",
            Self::Redirect => "fetch-redirect",
            Self::Encoded => "fetch-encoded",
        }
    }
}

impl UpdateError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { file: path.display().to_string(), source }
    }

    /// A stable code for scripts: those of [`TrustError`], and `origin-invalid`,
    /// `origin-missing`, `fetch-connection`, `fetch-status`, `fetch-too-large`,
    /// `fetch-too-slow`, `fetch-redirect`, `fetch-encoded`, `absent`,
    /// `root-hops`, `bundle-invalid`, `state-damaged`, `update-busy`,
    /// `publish-refused`, `io`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Trust(error) => error.code(),
            Self::Origin { .. } => "origin-invalid",
            Self::NoOrigin => "origin-missing",
            Self::Fetch { code, .. } => code.text(),
            Self::Absent { .. } => "absent",
            Self::NoPlugin { .. } => "no-plugin",
            Self::Hops { .. } => "root-hops",
            Self::Bundle { .. } => "bundle-invalid",
            Self::State { .. } => "state-damaged",
            Self::Busy { .. } => "update-busy",
            Self::Publish { .. } => "publish-refused",
            Self::Io { .. } => "io",
        }
    }

    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Trust(error) => error.hint(),
            Self::Origin { .. } => {
                Some("name an https address, a folder, or http on this machine alone")
            }
            Self::NoOrigin => Some(
                "name one with --from URL|FOLDER, in TACHO_UPDATE_URL, or as `from` in update.toml",
            ),
            Self::Fetch { .. } | Self::Absent { .. } => Some("try again, or ask another mirror"),
            Self::Hops { .. } => Some("get a newer tacho where you got this one"),
            Self::Bundle { .. } => Some("get the file again from where it came"),
            Self::State { .. } => {
                Some("remove that file, then update again: the suites of this version keep running")
            }
            Self::Busy { .. } => Some("try again when it has ended"),
            Self::NoPlugin { .. } | Self::Publish { .. } | Self::Io { .. } => None,
        }
    }

    /// What a process ends with for this error, where it is no update that failed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Trust(error) => error.exit_code(),
            Self::Origin { .. } | Self::NoOrigin => ExitCode::Usage,
            Self::Absent { .. } | Self::NoPlugin { .. } => ExitCode::NotFound,
            Self::Bundle { .. } | Self::Publish { .. } => ExitCode::BadInput,
            Self::Hops { .. } | Self::State { .. } => ExitCode::NotTrusted,
            Self::Io { .. } => ExitCode::Disk,
            Self::Fetch { .. } | Self::Busy { .. } => ExitCode::Failed,
        }
    }
}

impl From<StoreError> for UpdateError {
    fn from(error: StoreError) -> Self {
        Self::Trust(error.into())
    }
}
