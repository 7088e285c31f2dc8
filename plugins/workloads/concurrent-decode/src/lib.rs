//! Streams started together (1, 4, 8, 16; 1,024 in, 256 out each): what all of
//! them get, what each gets, and where more streams stop paying.

mod params;
mod point;
mod report;
mod workload;

pub use params::Params;
pub use workload::ConcurrentDecode;

tachograph_sdk::export_workload!(ConcurrentDecode, "plugin.toml");
