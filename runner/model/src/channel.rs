//! The index of a channel: what there is, and what was withdrawn.

use serde::{Deserialize, Serialize};

use crate::{Digest, Moment, Name};

/// A channel index: the one document that changes often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Always `channel`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The counter: every index has a greater one than the index before.
    pub version: u64,
    /// The name of the channel.
    pub name: Name,
    /// When it was made.
    pub issued: Moment,
    /// When it ends: at most 14 days after `issued`.
    pub expires: Moment,
    /// Every suite that was ever released here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suite: Vec<Release>,
    /// Plugins that no suite pins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugin: Vec<Release>,
}

/// A suite or a plugin by its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its name, as in its own manifest.
    pub name: Name,
    /// Its version, as in its own manifest.
    pub version: String,
    /// The digest of the manifest or the component.
    pub sha256: Digest,
    /// The size in bytes.
    pub size: u64,
    /// Whether it may be used.
    pub status: ReleaseStatus,
    /// Why it was withdrawn; absent for what is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether a release may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseStatus {
    /// It may.
    Active,
    /// It may not, without the user's word.
    Withdrawn,
}
