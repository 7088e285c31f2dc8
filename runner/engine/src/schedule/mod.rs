//! Continuous batching: which rows run in the next step, and what comes of them.

mod request;
mod sampler;
mod scheduler;
mod slots;

pub(crate) use request::{Event, Finish, Generation, Limits, Stats};
pub(crate) use scheduler::Scheduler;
pub(crate) use slots::Slots;
