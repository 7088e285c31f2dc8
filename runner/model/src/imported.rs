//! Figures that somebody else measured, as this machine keeps them.

use serde::{Deserialize, Serialize};

use crate::Submission;

/// A row that was imported: what somebody claims. Nothing of it was checked but
/// that its figures agree with one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// Always `imported`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// Always `claimed`.
    pub evidence: String,
    /// When it was imported, seconds since 1970 by the machine's wall clock.
    pub imported_unix_s: u64,
    /// The row.
    pub row: Submission,
    /// Names of fields that the file had and this format has not.
    pub left_out: Vec<String>,
}
