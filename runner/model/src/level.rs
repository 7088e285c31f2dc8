//! How far a result has been checked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a result has been checked, each level more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceLevel {
    /// Somebody sealed it.
    Claimed,
    /// The replay of its tape gives the same result.
    Consistent,
    /// And it answers a challenge that its maker could not foresee.
    Challenged,
    /// Somebody else measured the same, and the intervals agree.
    Reproduced,
    /// Somebody whom the readers trust has watched it.
    Audited,
}

impl fmt::Display for EvidenceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Claimed => "claimed",
            Self::Consistent => "consistent",
            Self::Challenged => "challenged",
            Self::Reproduced => "reproduced",
            Self::Audited => "audited",
        })
    }
}
