//! One request, several in sequence, several together, and what working on
//! them together gains over one after another.

mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::ThroughputModes;

tachograph_sdk::export_workload!(ThroughputModes, "plugin.toml");
