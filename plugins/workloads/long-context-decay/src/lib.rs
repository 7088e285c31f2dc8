//! Prefill and decode rates over growing contexts (32k, 64k, 128k in, 256
//! out), and how much of them each doubling of the context costs.

mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::LongContextDecay;

tachograph_sdk::export_workload!(LongContextDecay, "plugin.toml");
