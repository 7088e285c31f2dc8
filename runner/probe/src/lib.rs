//! What the machine is and what a run did to it.
//!
//! [`fingerprint`] describes the machine in the form that may be shared.
//! [`CpuMeter`] says how much processor time the harness itself took and how
//! much a hypervisor took away. [`ProcessMemory`] follows the resident memory
//! of a backend's process tree. [`Sampler`] reads all of it ten times a second
//! on a thread of its own, and says what that cost; a [`Stretch`] is what it saw
//! between two marks. What a system cannot tell is `None`, and the fingerprint
//! lists it in `unread` with the reason.
//! [`identifiers`] are the words that must not be in anything that is shared.

mod command;
mod cpu_meter;
mod fingerprint;
mod gaps;
mod hash;
mod identifiers;
mod local;
mod parse;
mod platform;
#[cfg(all(test, target_os = "linux"))]
mod privacy;
mod process_memory;
mod telemetry;

pub use cpu_meter::{CpuMeter, CpuUse};
pub use fingerprint::fingerprint;
pub use hash::fingerprint_hash;
pub use identifiers::{Identifier, IdentifierKind, identifiers};
pub use local::{LocalGpu, listener, local_gpus, temperatures};
pub use process_memory::{MemoryUse, ProcessMemory};
pub use telemetry::{
    HISTORY, LIMIT_MILLICELSIUS, Sampler, SamplerOptions, Seen, Stretch, TREND_WINDOW, TreeStretch,
    band, is_above, throttling, trend,
};
