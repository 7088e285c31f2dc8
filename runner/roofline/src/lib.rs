//! The memory bandwidth of this machine, and what it allows a model.
//!
//! [`measure`] reads memory with all threads, beyond the caches, and gives
//! [`Bandwidth`]. [`gpu()`] looks up the published bandwidth of a GPU by its
//! name. [`model_bytes`] says what one token of a model reads. The formulas
//! that bring them together are in `tachograph_metrics::roofline`.
//!
//! What is not known is an error with a reason, and no function gives zero in
//! its place. Nothing here prints.

mod cache;
mod error;
mod gpu;
mod kernel;
mod memory;
mod model;
mod plan;
mod probe;

pub use cache::last_level_caches;
pub use error::ProbeError;
pub use gpu::{GPUS, Gpu, GpuError, gpu};
pub use kernel::Kernel;
pub use model::{ModelBytes, kv_cache, model_bytes};
pub use probe::{Bandwidth, KernelFigure, Options, measure};
