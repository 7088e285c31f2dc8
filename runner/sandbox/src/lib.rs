//! Runs plugins: WebAssembly components of the worlds `driver` and `workload`.
//!
//! A plugin gets nothing that is not in its world. WASI is linked because compilers emit it, with
//! everything behind it denied: no files, environment, arguments or sockets, a clock that stands
//! still, and random numbers that follow from a seed.
//!
//! | module | what it decides |
//! |---|---|
//! | [`preflight`] | whether some bytes are a plugin at all, before anything is compiled |
//! | [`Host`], [`Plugin`] | compiling, with the compile cache in a folder of the caller's choice |
//! | [`WorkloadSession`] | a pure plan: fuel instead of time |
//! | [`DriverInstance`] | one lane's driver: guest time instead of fuel, HTTP through a [`Wire`] |
//! | [`TurnRecord`] | what a driver said of a stream, with times that the host owns |
//! | [`limits`] | every bound, in one place |
//! | [`SandboxError`] | every way in which a plugin fails, with a documented code |

mod bindings;
mod call;
mod classify;
mod document;
mod driver;
mod engine;
mod error;
mod functions;
mod guest_clock;
mod limiter;
pub mod limits;
mod plugin;
mod preflight;
mod record;
mod state;
mod ticker;
mod wasi;
mod wire;
mod workload;

pub use document::check_against;
pub use driver::{DriverContext, DriverInstance};
pub use engine::Host;
pub use error::{Drift, SandboxError};
pub use plugin::Plugin;
pub use preflight::{HOST_ABI, Preflight, preflight};
pub use record::{Delta, ReportedToolCall, TurnRecord, UsageRecord};
/// The version of wasmtime that runs the plugins.
pub use wasmtime_environ::VERSION as WASMTIME_VERSION;
pub use wire::{CallId, Channel, Wire, WireResponse};
pub use workload::WorkloadSession;
