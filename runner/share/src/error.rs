//! Why nothing was shared, or nothing was imported.

use tachograph_model::ExitCode;
use tachograph_net::NetError;
use tachograph_trust::TrustError;

use crate::{Finding, Withheld};

/// A failure to share or to import.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The seal of the result does not hold.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The server's address, the key or the network cannot be used; nothing was
    /// sent.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The document would tell who or where.
    #[error("nothing was shared: {}", list(.0))]
    Findings(Vec<Finding>),
    /// Nobody agreed.
    #[error("nothing was sent: {0}")]
    Withheld(#[from] Withheld),
    /// The server would be reached in the clear.
    #[error("nothing was sent: {url} is neither https nor on this machine")]
    InTheClear {
        /// The address.
        url: String,
    },
    /// The result has no figures in the form that was asked for.
    #[error("this run cannot be shared in the form `octomil`: {reason}")]
    NoRow {
        /// Why, as a clause.
        reason: String,
    },
    /// A number that has no canonical form.
    #[error("the form cannot be written: {reason}")]
    Form {
        /// What the writer said.
        reason: String,
    },
    /// The server answered, and did not take it.
    #[error("the server did not take it ({status}): {said}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the server said, shortened.
        said: String,
        /// Seconds that it wants to be left alone, when it said so.
        retry_after_s: Option<u64>,
    },
    /// It was sent, and no answer came: the server may have it or not.
    #[error("it was sent, and no answer came: {reason}")]
    Unanswered {
        /// What happened, as a clause.
        reason: String,
    },
    /// A file of rows is not one.
    #[error("{file}: {reason}")]
    NoRows {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Imported rows could not be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file or folder.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ShareError {
    /// The stable name of the failure, for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Trust(error) => error.code(),
            Self::Net(error) => error.code(),
            Self::Findings(_) => "private-data",
            Self::Withheld(_) => "withheld",
            Self::InTheClear { .. } => "in-the-clear",
            Self::NoRow { .. } => "no-row",
            Self::Form { .. } => "no-canonical-form",
            Self::Refused { status: 401 | 403, .. } => "key-refused",
            Self::Refused { status: 413, .. } => "too-large",
            Self::Refused { status: 415, .. } => "form-unknown",
            Self::Refused { status: 400 | 422, .. } => "form-refused",
            Self::Refused { status: 429, .. } => "rate-limited",
            Self::Refused { status: 500.., .. } => "server-failed",
            Self::Refused { .. } => "refused",
            Self::Unanswered { .. } => "unanswered",
            Self::NoRows { .. } => "no-rows",
            Self::Io { .. } => "disk",
        }
    }

    /// What the user can do next.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Trust(error) => return error.hint().map(|hint| hint.to_string()),
            Self::Net(error) => error.hint()?,
            Self::Findings(found) if found.iter().any(|one| one.opens) => {
                "a key is in it: change that key, and measure again"
            }
            Self::Findings(found) => {
                let places: Vec<&str> = found.iter().map(|one| one.place.as_str()).collect();
                return Some(format!(
                    "look at it with --dry-run; what may be known: --allow {}; --anon leaves \
                     the machine out",
                    places.join(",")
                ));
            }
            Self::Withheld(Withheld::NoKey) => {
                "--api-key or TACHO_API_KEY names one; --upload sends without"
            }
            Self::Withheld(Withheld::Ci) => "add --upload to the job if it should send",
            Self::Withheld(Withheld::NobodyToAsk) => "look at it with --dry-run, then add --yes",
            Self::Withheld(_) => return None,
            Self::InTheClear { .. } => "use the https address of the server",
            Self::NoRow { .. } => "--form full shares any run; --workload names another workload",
            Self::Refused { status: 401 | 403, .. } => {
                "is the key right, and is it for this server? --api-key or TACHO_API_KEY"
            }
            Self::Refused { status: 404 | 405, .. } => "is the path of --to that of its API?",
            Self::Refused { status: 415, .. } => "does the server take this --form?",
            Self::Refused { status: 400 | 422, .. } => {
                "what was sent is on standard output; --dry-run shows it again"
            }
            Self::Refused { status: 429, retry_after_s: Some(seconds), .. } => {
                return Some(format!("it was sent once; the server asks to wait {seconds} s"));
            }
            Self::Refused { status: 429, .. } => "it was sent once; try again later",
            Self::Refused { status: 300..400, .. } => {
                "redirects are not followed: give --to the address where the API is"
            }
            Self::Refused { status: 500.., .. } | Self::Unanswered { .. } => {
                "the server may have kept it: look there before you send it again"
            }
            Self::Refused { .. } | Self::Form { .. } | Self::Io { .. } => return None,
            Self::NoRows { .. } => "docs/sharing.md has the fields",
        };
        Some(text.to_owned())
    }

    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Trust(error) => error.exit_code(),
            Self::Net(NetError::Wire(_)) => ExitCode::NotAccepted,
            Self::Net(_) | Self::InTheClear { .. } => ExitCode::Usage,
            Self::Findings(_) | Self::Withheld(_) => ExitCode::Withheld,
            Self::NoRow { .. } | Self::NoRows { .. } => ExitCode::BadInput,
            Self::Form { .. } => ExitCode::Failed,
            Self::Refused { .. } | Self::Unanswered { .. } => ExitCode::NotAccepted,
            Self::Io { .. } => ExitCode::Disk,
        }
    }
}

fn list(found: &[Finding]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
