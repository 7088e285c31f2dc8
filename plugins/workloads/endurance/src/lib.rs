//! Some long runs, each of several answers in a row: tokens over time over all
//! of them, latencies by run and pooled, and the memory traffic they stand for.

mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::Endurance;

tachograph_sdk::export_workload!(Endurance, "plugin.toml");
