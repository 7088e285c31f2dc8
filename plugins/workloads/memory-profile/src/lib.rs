//! The KV cache: how many tokens some sequences keep at once, how many a cache
//! of blocks sets aside for them, and what that is in bytes by the model's
//! shape; and what a sequence of a given length will need.

mod blocks;
mod params;
mod report;
mod workload;

pub use blocks::allocated;
pub use params::Params;
pub use workload::MemoryProfile;

tachograph_sdk::export_workload!(MemoryProfile, "plugin.toml");
