//! The root: which keys may sign what.

use serde::{Deserialize, Serialize};

use crate::{Digest, Moment, Name};

/// A root document. Version N+1 is signed by the root keys of N and of N+1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Always `root`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The version of the root, from 1, without gaps.
    pub version: u64,
    /// When it was made.
    pub issued: Moment,
    /// When it ends: at most 400 days after `issued`.
    pub expires: Moment,
    /// Whether its keys lie with the sources, and vouch for nothing else.
    #[serde(default)]
    pub development: bool,
    /// The oldest version of the runner that may update under this root.
    pub minimum_runner: String,
    /// Who may sign what.
    pub roles: KeyRoles,
    /// The channels that there are.
    pub channel: Vec<ChannelEntry>,
    /// Suite keys that sign nothing new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<RetiredKey>,
}

/// The roles of a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyRoles {
    /// Signs roots.
    pub root: KeyRole,
    /// Signs channel indexes.
    pub channel: KeyRole,
    /// Signs suites.
    pub suite: KeyRole,
}

/// Keys, and how many of them have to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyRole {
    /// How many different keys have to sign.
    pub threshold: u32,
    /// The public keys, in minisign's base64.
    pub keys: Vec<String>,
}

/// A channel of a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelEntry {
    /// Its name.
    pub name: Name,
    /// Raised to make clients forget the counter that they have seen.
    pub epoch: u32,
    /// The lowest counter of this epoch.
    pub floor: u64,
}

/// A suite key that was taken out of its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetiredKey {
    /// The public key, in minisign's base64.
    pub key: String,
    /// The digests of the manifests that it signed and that stay trusted.
    pub suites: Vec<Digest>,
}
