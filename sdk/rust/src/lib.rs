//! What a Tachograph plugin is written with.
//!
//! A plugin is a WebAssembly component that implements one of two traits:
//! [`Driver`] speaks a backend's protocol, [`Workload`] says what to measure
//! and what the samples mean. [`export_driver!`] and [`export_workload!`] turn
//! the type into a component; on a native target they do nothing, so plugins
//! are ordinary crates whose tests need no sandbox.
//!
//! - [`model`]: the documents that cross the boundary.
//! - [`metrics`]: the formulas, the same that the host uses.
//! - [`openai`]: the OpenAI dialect, for drivers of servers that speak it.
//! - [`messages`]: the Anthropic Messages dialect, likewise.
//! - [`gguf`]: what servers of GGUF files say of them.
//! - [`read_json`]: streams of other protocols.
//! - [`testing`] (feature `testing`): recorded exchanges for native tests.
//!
//! `sdk/README.md` is the author's guide.

mod driver;
mod events;
mod export;
pub mod gguf;
mod http;
pub mod log;
pub mod messages;
mod name;
pub mod openai;
mod pieces;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod turn;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod wasm;
mod workload;

pub use driver::Driver;
pub use events::read_json;
pub use http::{Frame, Framing, Http, HttpRequest, HttpResponse};
pub use name::name;
pub use pieces::{arguments_of, config_schema, model_named, set_known, word};
pub use serde_json;
pub use tachograph_metrics as metrics;
pub use tachograph_model as model;
pub use tachograph_model::Failure;
pub use turn::{Channel, CountSource, Turn, Usage};
pub use workload::Workload;

/// Compiles the examples of the author's guide.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Guide;
