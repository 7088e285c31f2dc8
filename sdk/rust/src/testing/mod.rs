//! Recorded exchanges for native tests of drivers.
//!
//! [`Tape`] is an [`Http`](crate::Http) that answers from a text file;
//! [`Recorder`] is a [`Turn`](crate::Turn) that keeps what a driver said and
//! refuses what the host would refuse.

mod recorder;
mod sse;
mod tape;

pub use recorder::{Delta, Recorder};
pub use tape::Tape;

use tachograph_model::{CacheIntent, Message, Request, Role};

/// A cold request of exact length with one user message.
pub fn request(prompt: &str, max_tokens: u32) -> Request {
    Request {
        id: "r0".into(),
        model: "m".into(),
        messages: vec![Message::text(Role::User, prompt)],
        tools: Vec::new(),
        max_tokens,
        exact_length: true,
        cache: CacheIntent::Cold,
        ideal_cached_tokens: 0,
        reference_prompt_tokens: 1,
        seed: 7,
        delay_ms: 0,
        condition: std::collections::BTreeMap::new(),
    }
}
