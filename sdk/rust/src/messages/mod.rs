//! The Anthropic Messages dialect, for drivers of servers that speak it.
//!
//! The service has it, and so have vLLM, llama-server and LM Studio. A driver's
//! `generate` is [`generate`]: [`body()`] writes what `/v1/messages` is asked
//! from a request, [`read`] attributes every event of the answer to the turn.
//! Events bring several tokens each and do not say how many, so only the counts
//! at the end are known.

mod body;
mod call;
#[cfg(test)]
mod properties;
mod stream;

pub use body::body;
pub use call::{count_tokens, generate};
pub use stream::read;
