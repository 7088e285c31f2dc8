//! Every way in which a plugin fails.

use std::fmt;

use tachograph_model::{Failure, WasiPart};

/// A failure of the sandbox. [`SandboxError::code`] is stable; the text is for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// `not-a-component`: the bytes are no WebAssembly component, or a damaged one.
    #[error("this is not a plugin component: {reason}")]
    NotAComponent {
        /// What is wrong with the bytes.
        reason: String,
    },
    /// `native-code`: the bytes are machine code, for example a precompiled `.cwasm`.
    #[error("this file holds {what}; only portable WebAssembly components are loaded")]
    NativeCode {
        /// What the bytes are.
        what: &'static str,
    },
    /// `too-large`: the component is larger than its tier.
    #[error("the component has {size} bytes; {limit} are allowed")]
    TooLarge {
        /// Bytes of the component.
        size: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// `no-manifest`: the component carries no section `tachograph:manifest`.
    #[error("the component carries no manifest (section `tachograph:manifest`)")]
    NoManifest,
    /// `bad-manifest`: the manifest does not parse, or contradicts itself or the component.
    #[error("the plugin's manifest is not valid: {reason}")]
    BadManifest {
        /// What is wrong, with line and column where there is one.
        reason: String,
    },
    /// `abi-unknown`: the plugin was built for a contract that this host does not know.
    #[error("the plugin was built for plugin ABI {found}; this host knows {host}")]
    AbiUnknown {
        /// The ABI of the component, or what is there instead.
        found: String,
        /// The ABI of this host.
        host: &'static str,
    },
    /// `undeclared-import` or `missing-export`: the component does not fit its world.
    #[error("the plugin does not fit its world: {0}")]
    Drift(Drift),
    /// `wrong-role`: a driver was used as a workload, or the other way round.
    #[error("plugin `{plugin}` is not a {wanted}")]
    WrongRole {
        /// The id of the plugin.
        plugin: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// `compile`: the component is valid, but could not be compiled here.
    #[error("plugin `{plugin}` could not be compiled: {reason}")]
    Compile {
        /// The id of the plugin.
        plugin: String,
        /// What the compiler says.
        reason: String,
    },
    /// `abi-mismatch`: the interfaces have the right names and other functions or types.
    #[error("plugin `{plugin}` does not fit the contract it names: {reason}")]
    Mismatch {
        /// The id of the plugin.
        plugin: String,
        /// Where the types differ.
        reason: String,
    },
    /// `cache-dir`: the folder of the compile cache cannot be used.
    #[error("the compile cache {path} cannot be used: {reason}")]
    CacheDir {
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// `host-start`: the engine could not start.
    #[error("the plugin engine could not start: {reason}")]
    Start {
        /// What failed.
        reason: String,
    },
    /// `plugin-trap`: the plugin crashed.
    #[error("plugin `{plugin}` crashed in `{call}`: {reason}")]
    Trap {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// The trap, with the last words of the plugin where there are some.
        reason: String,
    },
    /// `plugin-timeout`: a call used more guest time than it has.
    #[error("plugin `{plugin}` used more than {seconds} s of its own time in `{call}`")]
    Timeout {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// The seconds that it has.
        seconds: u64,
    },
    /// `out-of-fuel`: a call of a workload used all its fuel.
    #[error("plugin `{plugin}` used all its fuel ({fuel}) in `{call}`")]
    OutOfFuel {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// The fuel that a call has.
        fuel: u64,
    },
    /// `out-of-memory`: the plugin wanted more memory than it may have.
    #[error("plugin `{plugin}` wanted more than {limit} bytes of memory in `{call}`")]
    OutOfMemory {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// The bytes that it may have.
        limit: u64,
    },
    /// `stack-overflow`: the plugin recursed too deep.
    #[error("plugin `{plugin}` recursed too deep in `{call}`")]
    StackOverflow {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
    },
    /// `return-too-large`: more bytes crossed to the host at once than may.
    #[error("plugin `{plugin}` handed over more than {limit} bytes at once in `{call}`")]
    ReturnTooLarge {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// The bytes that may cross.
        limit: u64,
    },
    /// `host-call-flood`: more host calls, requests or resources than one call may use.
    #[error("plugin `{plugin}` used more than {limit} {what} in `{call}`")]
    Flood {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// `host calls`, `requests`, `resources`.
        what: &'static str,
        /// How many it may use.
        limit: u64,
    },
    /// `undeclared-access`: a part of WASI was called that the manifest does not name.
    #[error("plugin `{plugin}` asked for {} in `{call}` and its manifest does not name that", asked(*.part))]
    Undeclared {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        call: String,
        /// What it called.
        part: WasiPart,
    },
    /// `schema-violation`: a document of the plugin does not fit its schema.
    #[error("plugin `{plugin}`: its {document} document is not valid at `{path}`: {reason}")]
    Schema {
        /// The id of the plugin.
        plugin: String,
        /// The name of the schema, for example `step`.
        document: String,
        /// A JSON pointer into the document; empty for the whole.
        path: String,
        /// What is wrong there.
        reason: String,
    },
    /// `unsupported`: the plugin does not export this optional function.
    #[error("plugin `{plugin}` does not offer `{what}`")]
    Unsupported {
        /// The id of the plugin.
        plugin: String,
        /// The function of the contract.
        what: &'static str,
    },
    /// `instance-poisoned`: the instance trapped, timed out or was cancelled before.
    #[error("this instance of plugin `{plugin}` is not usable any more after `{code}`")]
    Poisoned {
        /// The id of the plugin.
        plugin: String,
        /// The code of what ended it.
        code: String,
    },
    /// The plugin answered with a failure; the code is the plugin's.
    #[error("plugin `{plugin}`: {failure}")]
    Failed {
        /// The id of the plugin.
        plugin: String,
        /// What it answered, made safe to keep.
        failure: Failure,
    },
}

fn asked(part: WasiPart) -> &'static str {
    match part {
        WasiPart::Clock => "a clock",
        WasiPart::Environment => "environment variables or arguments",
        WasiPart::Files => "files",
    }
}

/// How a component differs from the world of its role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Imports that the host does not offer to this role, each with a reason.
    pub undeclared: Vec<(String, &'static str)>,
    /// Exports that the role needs and the component lacks.
    pub missing: Vec<String>,
}

impl Drift {
    /// How many differences are shown; the data has them all.
    const SHOWN: usize = 16;

    pub(crate) fn is_empty(&self) -> bool {
        self.undeclared.is_empty() && self.missing.is_empty()
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undeclared =
            self.undeclared.iter().map(|(name, why)| format!("imports `{name}` ({why})"));
        let missing = self.missing.iter().map(|name| format!("lacks the export `{name}`"));
        // A component can have as many imports as it has room for.
        let all: Vec<String> = undeclared.chain(missing).take(Self::SHOWN).collect();
        f.write_str(&all.join(", "))?;
        match (self.undeclared.len() + self.missing.len()).saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

impl SandboxError {
    /// The documented code of this failure, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            SandboxError::NotAComponent { .. } => "not-a-component",
            SandboxError::NativeCode { .. } => "native-code",
            SandboxError::TooLarge { .. } => "too-large",
            SandboxError::NoManifest => "no-manifest",
            SandboxError::BadManifest { .. } => "bad-manifest",
            SandboxError::AbiUnknown { .. } => "abi-unknown",
            SandboxError::Drift(drift) if drift.undeclared.is_empty() => "missing-export",
            SandboxError::Drift(_) => "undeclared-import",
            SandboxError::WrongRole { .. } => "wrong-role",
            SandboxError::Compile { .. } => "compile",
            SandboxError::Mismatch { .. } => "abi-mismatch",
            SandboxError::CacheDir { .. } => "cache-dir",
            SandboxError::Start { .. } => "host-start",
            SandboxError::Trap { .. } => "plugin-trap",
            SandboxError::Timeout { .. } => "plugin-timeout",
            SandboxError::OutOfFuel { .. } => "out-of-fuel",
            SandboxError::OutOfMemory { .. } => "out-of-memory",
            SandboxError::StackOverflow { .. } => "stack-overflow",
            SandboxError::ReturnTooLarge { .. } => "return-too-large",
            SandboxError::Flood { .. } => "host-call-flood",
            SandboxError::Undeclared { .. } => "undeclared-access",
            SandboxError::Schema { .. } => "schema-violation",
            SandboxError::Unsupported { .. } => "unsupported",
            SandboxError::Poisoned { .. } => "instance-poisoned",
            SandboxError::Failed { failure, .. } => &failure.code,
        }
    }

    /// What the user can do next, if anything.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            SandboxError::NotAComponent { .. } => {
                Some("build it with `cargo build --target wasm32-wasip2`")
            }
            SandboxError::NativeCode { .. } => Some("ask its author for the .wasm component"),
            SandboxError::TooLarge { .. } => {
                Some("a manifest may ask for up to 48 MiB with `limits.component_mib`")
            }
            SandboxError::NoManifest
            | SandboxError::AbiUnknown { .. }
            | SandboxError::Mismatch { .. } => Some("rebuild it with the SDK's export macro"),
            SandboxError::Drift(_) => {
                Some("drivers reach servers through the `http` interface; workloads reach nothing")
            }
            SandboxError::CacheDir { .. } => Some("the folder must be writable by you alone"),
            SandboxError::OutOfMemory { .. } => {
                Some("a manifest may ask for more with `limits.memory_mib`")
            }
            SandboxError::Undeclared { .. } => Some(
                "a manifest may name it in `capabilities.wasi`; it reaches nothing of this machine",
            ),
            SandboxError::Trap { .. }
            | SandboxError::Timeout { .. }
            | SandboxError::OutOfFuel { .. }
            | SandboxError::StackOverflow { .. }
            | SandboxError::ReturnTooLarge { .. }
            | SandboxError::Flood { .. }
            | SandboxError::Schema { .. } => Some("report it to the author of the plugin"),
            _ => None,
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Failure {
        match error {
            SandboxError::Failed { failure, .. } => failure,
            other => Failure::new(other.code().to_owned(), other.to_string()),
        }
    }
}
