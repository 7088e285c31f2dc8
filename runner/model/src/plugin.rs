//! `plugin.toml`: what a plugin is and what it asks for.

use serde::{Deserialize, Serialize};

use crate::Name;

/// Which world a plugin implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PluginRole {
    /// Speaks a backend's protocol.
    Driver,
    /// Says what to measure and what the samples mean.
    Workload,
}

/// The manifest of a plugin. It travels inside the component, in the custom
/// section `tachograph:manifest`, so its digest covers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PluginManifest {
    /// Always `plugin`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The id, for example `llama-cpp`.
    pub id: Name,
    /// The plugin's own version.
    pub version: String,
    /// Driver or workload.
    pub role: PluginRole,
    /// The ABI it was built for, for example `1.0`.
    pub abi: String,
    /// One line.
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    /// What it asks for; nothing by default.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Limits above the defaults.
    #[serde(default)]
    pub limits: LimitsAsked,
    /// How the host may start its backend.
    #[serde(default)]
    pub launch: Vec<LaunchRecipe>,
}

/// What a plugin asks for. An empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Endpoint slots that the user binds, for example `api`.
    #[serde(default)]
    pub endpoints: Vec<Name>,
    /// Secret slots that the host fills in; the bytes stay with the host.
    #[serde(default)]
    pub secrets: Vec<Name>,
    /// Launch recipes, by name.
    #[serde(default)]
    pub launch: Vec<Name>,
}

/// Limits that a plugin asks for above the defaults, in MiB.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LimitsAsked {
    /// Linear memory, MiB.
    pub memory_mib: Option<u32>,
    /// Size of the component, MiB.
    pub component_mib: Option<u32>,
}

/// How the host starts a backend, when the user asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LaunchRecipe {
    /// The name of the recipe, for example `llama-server`.
    pub name: Name,
    /// The program, looked up in `PATH` unless the user gives its path.
    pub program: String,
    /// Its arguments; `{model}`, `{host}`, `{port}`, `{context}` and
    /// `{streams}` are filled in. No shell is involved.
    pub args: Vec<String>,
    /// The path that answers 200 once the backend is ready.
    pub ready_path: String,
    /// How long readiness may take, in seconds.
    pub ready_timeout_s: u32,
}
