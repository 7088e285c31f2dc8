//! What was observed of the machine while it worked.

use serde::{Deserialize, Serialize};

use crate::Unread;

/// The telemetry of one stretch of time, small enough to stay in a result.
///
/// All numbers are integers: nanoseconds, bytes, thousandths, milliwatts,
/// microjoules and thousandths of a degree. Statistics rest on every reading;
/// only `points` are thinned out. What was not read is absent, with its reason
/// in `unread`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// From the first reading to the last.
    pub duration_ns: u64,
    /// The time asked for between two readings.
    pub interval_ns: u64,
    /// Readings that were taken.
    pub readings: u64,
    /// Readings that were due and not taken, because the sampler got no core in time.
    pub missed: u64,
    /// What the sampler itself took.
    pub cost: SamplerCost,
    /// The end of each point's stretch, in nanoseconds since the first reading;
    /// the axis of all `points` that no other axis is named for.
    pub at_ns: Vec<u64>,
    /// The axis of what is read once a second: thermal sensors and `pss_bytes`.
    pub slow_at_ns: Vec<u64>,
    /// The processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuTelemetry>,
    /// The memory of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryTelemetry>,
    /// The processes that were followed, with all their descendants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<ProcessTelemetry>,
    /// Energy counters of the processor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub energy: Vec<EnergyDomain>,
    /// Thermal sensors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thermal: Vec<ThermalTelemetry>,
    /// Times that a core or package of the processor was slowed down by heat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_throttle_events: Option<u64>,
    /// GPUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<GpuTelemetry>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
}

/// What the sampler itself took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SamplerCost {
    /// Processor time of the sampler's thread, up to its closing reading.
    pub cpu_ns: Option<u64>,
    /// That time over wall time: the share of one core, in millionths.
    pub core_share_ppm: Option<u64>,
    /// The clock behind `cpu_ns`, with its resolution.
    pub clock: Option<String>,
    /// Processor time of the GPU's tool, which runs beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_tool_cpu_ns: Option<u64>,
}

/// One quantity over time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Readings that the statistics rest on.
    pub n: u64,
    /// The first reading.
    pub first: i64,
    /// The last reading.
    pub last: i64,
    /// The floor.
    pub min: i64,
    /// The mean, rounded.
    pub mean: i64,
    /// The peak.
    pub max: i64,
    /// The mean of each stretch of the axis, at most 600; null where nothing
    /// was read.
    pub points: Vec<Option<i64>>,
}

/// The processor over time, in thousandths of its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CpuTelemetry {
    /// Busy, over all cores.
    pub busy_permille: Track,
    /// Taken by a hypervisor while a core was ready, over all cores.
    pub steal_permille: Track,
    /// Each core over the whole time.
    pub cores: Vec<CoreTelemetry>,
}

/// One core over the whole time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CoreTelemetry {
    /// The number that the system gives it.
    pub core: u32,
    /// Busy, in thousandths.
    pub busy_permille: u32,
    /// Taken by a hypervisor, in thousandths.
    pub steal_permille: u32,
}

/// The memory of the machine over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MemoryTelemetry {
    /// Free for use.
    pub available_bytes: Track,
    /// Swap in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_used_bytes: Option<Track>,
    /// Read back from swap in that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_in_bytes: Option<u64>,
    /// Written to swap in that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap_out_bytes: Option<u64>,
}

/// A process tree over time. Floor and peak are `min` and `max` of a track; the
/// delta against the baseline is `max` less `first`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProcessTelemetry {
    /// The most processes at any reading.
    pub processes: u32,
    /// Resident, summed: pages that processes share count once for each.
    pub rss_bytes: Track,
    /// Resident, with shared pages divided among those that share them; read
    /// less often, because the kernel walks page tables for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pss_bytes: Option<Track>,
    /// Address space, summed.
    pub vms_bytes: Track,
    /// Page faults served without a disk.
    pub minor_faults: u64,
    /// Page faults that had to wait for a disk.
    pub major_faults: u64,
    /// Processor time of the tree.
    pub cpu_ns: u64,
}

/// An energy counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnergyDomain {
    /// The part that is counted, for example `package-0`; `core` and `uncore`
    /// are parts of a package and must not be added to it.
    pub domain: String,
    /// Energy used between its first reading and its last.
    pub microjoules: u64,
    /// The time between these two readings.
    pub duration_ns: u64,
    /// That energy over that time.
    pub mean_milliwatts: u64,
}

/// How hot a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ThermalBand {
    /// Under 40 °C.
    Cool,
    /// 40 °C to under 60 °C: idle to light load.
    Light,
    /// 60 °C to under 80 °C: moderate load.
    Moderate,
    /// 80 °C to under 95 °C: heavy load, near the limit without a fan.
    Heavy,
    /// 95 °C and more: throttling is likely.
    Throttling,
}

/// The slope of a temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ThermalTrend {
    /// The slope of the least-squares line, thousandths of a degree a minute.
    pub millicelsius_per_minute: i64,
    /// Readings that it rests on.
    pub readings: u32,
    /// Whether the slope stands out from the scatter of the readings.
    pub rising: bool,
}

/// One sensor over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ThermalTelemetry {
    /// The sensor, for example `x86_pkg_temp`.
    pub zone: String,
    /// Thousandths of a degree.
    pub millicelsius: Track,
    /// The band of the peak.
    pub peak_band: ThermalBand,
    /// The trend over the last readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trend: Option<ThermalTrend>,
    /// The trend over all of the kept history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_trend: Option<ThermalTrend>,
}

/// One GPU over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GpuTelemetry {
    /// Its number among the GPUs of the tool.
    pub index: u32,
    /// The axis of the `points` below, in nanoseconds since the first reading
    /// of this telemetry.
    pub at_ns: Vec<u64>,
    /// Time in which a kernel ran, in thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_permille: Option<Track>,
    /// Its own memory in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_used_bytes: Option<Track>,
    /// The clock of its processors, MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_mhz: Option<Track>,
    /// The clock of its memory, MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mhz: Option<Track>,
    /// Power drawn, milliwatts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_mw: Option<Track>,
    /// Energy: the integral of the power over its readings (trapezoids).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microjoules: Option<u64>,
    /// Temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thermal: Option<ThermalTelemetry>,
    /// Reasons why its clock was held down, with the share of readings in
    /// thousandths; being idle is not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Vec<ThrottleReason>>,
}

/// A reason why a clock was held down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ThrottleReason {
    /// For example `sw-power-cap` or `hw-thermal-slowdown`.
    pub reason: String,
    /// The share of readings that named it, in thousandths.
    pub permille: u32,
}
