//! The stable public types of Tachograph: what is written to disk, crosses the
//! plugin boundary, or is printed as JSON.
//!
//! Nothing here does I/O. Every document type derives its JSON Schema (feature
//! `schema`), refuses unknown fields, and is listed in [`schema::documents`];
//! the generated files are in `schemas/`. Durations are integer nanoseconds,
//! sizes are bytes, and what was not measured is `None` beside a reason.

mod backend;
mod channel;
mod evidence;
mod exit;
mod failure;
mod fingerprint;
mod flag;
mod ids;
mod imported;
mod level;
mod metric;
mod moment;
mod plugin;
mod report;
mod reproduction;
mod request;
mod result;
mod roof;
mod root;
mod sample;
#[cfg(feature = "schema")]
pub mod schema;
mod shared;
mod step;
mod submission;
mod suite;
mod telemetry;

pub use backend::{BackendInfo, DriverDescription, ModelInfo, ParamsDescription};
pub use channel::{Channel, Release, ReleaseStatus};
pub use evidence::{Canary, ChallengeUsed, Check, CheckOutcome, Evidence};
pub use exit::ExitCode;
pub use failure::Failure;
pub use fingerprint::{
    Accelerator, Cache, Cpu, Fingerprint, Load, Memory, Os, PowerState, Temperature, Unread,
};
pub use flag::Flag;
#[cfg(feature = "digest")]
pub use ids::Hasher;
pub use ids::{Digest, InvalidId, Name, Pin};
pub use imported::Imported;
pub use level::EvidenceLevel;
pub use metric::{Interval, Metric, MetricSource};
pub use moment::{InvalidMoment, Moment};
pub use plugin::{
    COMPONENT_MIB, COMPONENT_MIB_MOST, Capabilities, LaunchRecipe, LimitsAsked, ModelForm,
    PluginManifest, PluginRole, Preset, Pull, WasiPart,
};
pub use report::{Part, Row, SkippedPart, WorkloadReport, WorkloadStatus};
pub use reproduction::{
    CanaryAgreement, ReproducedFigure, Reproduction, ReproductionDifference, ReproductionVerdict,
};
pub use request::{CacheIntent, FunctionCall, Message, Request, Role, Tool, ToolCall};
pub use result::{
    BackendSection, CostSection, HarnessSection, LaunchUsed, ModelIdentity, ModelShape, PluginUsed,
    Prices, RunResult, RunnerBuild, Steadiness, SteadyState, SuiteUsed, WorkloadResult,
};
pub use roof::Roof;
pub use root::{ChannelEntry, KeyRole, KeyRoles, RetiredKey, Root};
pub use sample::{
    Phase, Sample, SampleStatus, ServerTiming, Times, TokenCounts, TokenRead, TokenSource,
    ToolCheck,
};
pub use shared::{AnonymousBackend, AnonymousResult, AnonymousWorkload, SharedResult};
pub use step::{Outcome, RequestOutcome, Step, WorkloadContext};
pub use submission::{Submission, SubmissionSource};
pub use suite::{Corpus, DriverEntry, PluginRef, Profile, ProfileName, Suite, WorkloadEntry};
pub use telemetry::{
    CoreTelemetry, CpuTelemetry, EnergyDomain, GpuTelemetry, MemoryTelemetry, ProcessTelemetry,
    SamplerCost, Telemetry, ThermalBand, ThermalTelemetry, ThermalTrend, ThrottleReason, Track,
};
