//! The latency of named prompts: first token, token time and rate of a short
//! answer to each, and the time of a whole answer against its parts.

mod params;
mod report;
mod workload;

pub use params::{NamedPrompt, Params};
pub use workload::PromptLatency;

tachograph_sdk::export_workload!(PromptLatency, "plugin.toml");
