//! Prompts of growing lengths, in batches: prefill by itself (one token out),
//! then decode by itself. It serves `sequence-sweep` (128 to 2,048 in, 64 out)
//! and, without the prefill requests, `context-scaling` (32 to 512 in, 10 out).

mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::SequenceSweep;

tachograph_sdk::export_workload!(SequenceSweep, "plugin.toml");
