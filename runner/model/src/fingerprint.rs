//! What is known of the machine, in the form that may be shared.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The shared form: no serial numbers, bus ids, host names, user names or paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The digest of the other fields in canonical JSON, without what changes
    /// from minute to minute (free memory, load).
    pub hash: Digest,
    /// The processor.
    pub cpu: Cpu,
    /// The memory.
    pub memory: Memory,
    /// The operating system.
    pub os: Os,
    /// GPUs and other accelerators.
    pub accelerators: Vec<Accelerator>,
    /// Load average over one minute before the run, when the system tells.
    pub load_1m: Option<f64>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
}

/// The processor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cpu {
    /// The model name, as the processor states it.
    pub model: Option<String>,
    /// `x86_64`, `aarch64`, …
    pub arch: String,
    /// Logical cores that this process may use.
    pub logical_cores: u32,
    /// Physical cores.
    pub physical_cores: Option<u32>,
    /// MHz, as stated before the run.
    pub mhz: Option<u64>,
    /// Instruction sets that matter for inference, for example `avx2`.
    pub features: Vec<String>,
    /// The frequency governor.
    pub governor: Option<String>,
}

/// The memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes free for use before the run.
    pub available_bytes: u64,
    /// Bytes of swap in use before the run.
    pub swap_used_bytes: u64,
}

/// The operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// `linux`, `macos`, `windows`.
    pub family: String,
    /// For example `Debian GNU/Linux 12`.
    pub name: Option<String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// `container`, `vm` or null.
    pub virtualization: Option<String>,
}

/// A GPU or another accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Accelerator {
    /// For example `NVIDIA H200`.
    pub name: String,
    /// Bytes of its own memory.
    pub memory_bytes: Option<u64>,
    /// The version of its driver.
    pub driver: Option<String>,
    /// Where these facts come from, for example `nvidia-smi`.
    pub source: String,
}

/// A fact that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The field, for example `cpu.governor`.
    pub field: String,
    /// Why.
    pub reason: String,
}
