//! What is known of the machine, in the form that may be shared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The shared form: no serial numbers, bus ids, host names, user names or paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The digest of the other fields in canonical JSON, without what changes
    /// from minute to minute (free memory, load, power, heat) and without `sources`.
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
    /// What else ran before the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// What the machine was fed by before the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerState>,
    /// What the thermal sensors said before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thermal: Vec<Temperature>,
    /// Where each field or group of fields was read, for example `cpu.caches`
    /// from `sysfs cpu0 cache`; never a path. A field's own entry goes before
    /// that of its group. GPUs carry theirs themselves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, String>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
}

/// The processor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The highest clock rate that the system would set, MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_mhz: Option<u64>,
    /// NUMA nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numa_nodes: Option<u32>,
    /// The caches that the first core uses, from the nearest outwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<Cache>,
}

/// One cache, as the first core sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// 1 is the nearest to the core.
    pub level: u8,
    /// `data`, `instruction` or `unified`.
    pub kind: String,
    /// Bytes.
    pub bytes: u64,
    /// Logical cores that share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<u32>,
}

/// The memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes free for use before the run.
    pub available_bytes: u64,
    /// Bytes of swap in use before the run.
    pub swap_used_bytes: u64,
    /// Memory channels with a module in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
}

/// The operating system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The programming interface that the driver offers, for example `CUDA 12.8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The version of its firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vbios: Option<String>,
    /// The power limit that is set, in milliwatts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_mw: Option<u64>,
    /// The generation that kernels are built for: `9.0`, `gfx1100`, `metal3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// GPU cores as their maker counts them, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
}

/// Other work on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Threads that ran or waited for a core at that moment, this one left out.
    pub runnable: u32,
    /// Threads in all.
    pub threads: u32,
    /// Share of the last 10 s in which some thread waited for a core, in
    /// thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_pressure_permille: Option<u32>,
}

/// What feeds the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PowerState {
    /// `ac` or `battery`.
    pub supply: String,
    /// The charge of the battery, in per cent, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<u32>,
    /// The speed to which heat holds the processor, in per cent of its full
    /// speed, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_speed_limit_percent: Option<u32>,
}

/// What one thermal sensor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Temperature {
    /// The sensor, for example `x86_pkg_temp` or `k10temp Tctl`.
    pub zone: String,
    /// Thousandths of a degree Celsius.
    pub millicelsius: i64,
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
