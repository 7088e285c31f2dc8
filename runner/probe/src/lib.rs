//! What the machine is and what a run did to it.
//!
//! [`fingerprint`] describes the machine in the form that may be shared.
//! [`CpuMeter`] says how much processor time the harness itself took and how
//! much a hypervisor took away. [`ProcessMemory`] follows the resident memory
//! of a backend's process tree. What a system cannot tell is `None`, and the
//! fingerprint lists it in `unread` with the reason.

mod command;
mod cpu_meter;
mod fingerprint;
mod gaps;
mod hash;
mod parse;
mod platform;
mod process_memory;

pub use cpu_meter::{CpuMeter, CpuUse};
pub use fingerprint::fingerprint;
pub use hash::fingerprint_hash;
pub use process_memory::{MemoryUse, ProcessMemory};
