//! `plugin.toml`: what a plugin is and what it asks for.

use std::collections::BTreeMap;

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

/// MiB that a component may have without asking.
pub const COMPONENT_MIB: u32 = 8;

/// The most MiB that any component has.
pub const COMPONENT_MIB_MOST: u32 = 48;

impl PluginRole {
    /// MiB of memory that a plugin of this role has without asking.
    pub const fn memory_mib(self) -> u32 {
        match self {
            Self::Driver => 64,
            Self::Workload => 256,
        }
    }
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
    /// Where its backend listens on this machine when nobody says otherwise,
    /// best first; loopback only.
    #[serde(default)]
    pub default_urls: Vec<String>,
    /// How the host may start its backend.
    #[serde(default)]
    pub launch: Vec<LaunchRecipe>,
    /// Servers at known addresses.
    #[serde(default)]
    pub preset: Vec<Preset>,
    /// How its backend gets a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<Pull>,
}

/// A part of WASI that a plugin may call. None of them reaches this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WasiPart {
    /// Clocks: they stand still at zero, and a wait is over at once.
    Clock,
    /// Variables and arguments: there are none.
    Environment,
    /// Folders: there are none.
    Files,
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
    /// Parts of WASI that its language runtime calls. They answer as an empty
    /// machine would; one that is called and not named here fails the call.
    #[serde(default)]
    pub wasi: Vec<WasiPart>,
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
    /// Its arguments; `{model}`, `{host}`, `{port}`, `{streams}`, `{context}`
    /// (tokens of one stream) and `{context_total}` (of all streams) are filled
    /// in. No shell is involved.
    pub args: Vec<String>,
    /// Variables that are set for it, filled in alike.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What it can be asked to load.
    #[serde(default)]
    pub loads: Vec<ModelForm>,
    /// The path that answers 200 once the backend is ready.
    pub ready_path: String,
    /// How long readiness may take, in seconds.
    pub ready_timeout_s: u32,
}

/// In which form a model lies on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ModelForm {
    /// One `.gguf` file.
    Gguf,
    /// A folder with `config.json` and weights.
    Folder,
    /// A name that the backend knows, for example of a hub.
    Name,
}

/// A server at a known address, for example a hosted API. It is asked only
/// when the user names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What `--backend` takes, for example `openrouter`.
    pub name: Name,
    /// For example `OpenRouter`.
    pub title: String,
    /// Its base address, without the path of the dialect where that is `/v1`.
    pub url: String,
    /// The environment variable that holds the key.
    pub key_env: String,
    /// The header that carries the key; `authorization` unless said.
    #[serde(default = "authorization")]
    pub key_header: String,
    /// What precedes the key in it; `Bearer ` unless said.
    #[serde(default = "bearer")]
    pub key_prefix: String,
    /// The driver's configuration for it.
    #[serde(default)]
    pub config: BTreeMap<String, serde_json::Value>,
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// How a model gets to this backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// The backend's own program that fetches a model.
    pub program: String,
    /// Its arguments; `{model}` is filled in. No shell is involved.
    pub args: Vec<String>,
    /// Whether the host may run it; otherwise the user is told the command.
    #[serde(default)]
    pub run: bool,
}
