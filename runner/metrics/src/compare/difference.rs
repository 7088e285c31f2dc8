//! What sets two runs apart.

use serde::Serialize;

use super::Key;

/// A comparability key in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The key.
    pub key: Key,
    /// What the first run has.
    pub a: String,
    /// What the other has.
    pub b: String,
}
