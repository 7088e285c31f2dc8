//! A coding task in ten turns: read a file, analyse, write, run the tests, fix,
//! repeat. Tools are on the wire and the context grows to 16k tokens.
//!
//! The history is canned: what the model really writes is timed and then
//! discarded, so every model sees the same context. Each turn's prompt begins
//! with the whole prompt of the turn before, which is what a prefix cache can
//! reuse.

mod params;
mod report;
mod script;
mod tools;
mod trace;
mod turns;
mod workload;

pub use params::Params;
pub use script::{Kind, TURNS, Turn};
pub use trace::{broken_prefix, prompt_tokens};
pub use workload::AgentTrace;

tachograph_sdk::export_workload!(AgentTrace, "plugin.toml");
