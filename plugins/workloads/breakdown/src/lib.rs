//! Where the time of a request goes, as far as the backend reports its own
//! durations: prefill, decode forward, the queue, and the rest of the request.

mod operations;
mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::Breakdown;

tachograph_sdk::export_workload!(Breakdown, "plugin.toml");
