//! One chat stream: a cold prompt of an exact length, an answer of an exact
//! length. It serves `chat-short` (128 in, 256 out) and `chat-long` (4,096 in,
//! 1,024 out).

mod params;
mod report;
mod workload;

pub use params::Params;
pub use workload::Chat;

tachograph_sdk::export_workload!(Chat, "plugin.toml");
