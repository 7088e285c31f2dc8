//! Flags: doubts about a number that travel with it.

use serde::{Deserialize, Serialize};

/// A doubt about a sample, a workload or a run. Flags never remove a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// A stable code: `length-mismatch`, `warm-cache`, `client-bound`,
    /// `usage-missing`, `usage-implausible`, `early-end`, `coalesced`,
    /// `starved`, `streams-not-held`, `not-cold`, `prefix-broken`, …
    pub code: String,
    /// One sentence that says what was seen.
    pub message: String,
}

impl Flag {
    /// A flag from its code and its sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}
