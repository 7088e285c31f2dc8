//! The OpenAI dialect, for drivers of servers that speak it.
//!
//! A driver's `generate` is three steps: [`chat_body`] writes the body of
//! `/v1/chat/completions` from a request, [`Stream`] attributes every frame of
//! the answer to the turn, and [`failure_of`] names what went wrong. What a
//! server accepts beyond the common ground is a [`Dialect`]; what the user
//! wants is in [`Settings`].

mod body;
mod call;
mod counts;
mod dialect;
mod failure;
#[cfg(test)]
mod properties;
mod settings;
mod stream;
mod tools;

pub use body::chat_body;
pub use call::{chat, get_json, post_json};
pub use counts::{llama_timings, usage_of};
pub use dialect::Dialect;
pub use failure::{excerpt, failure_of, malformed, protocol, stream_failure};
pub use settings::{Settings, settings_schema};
pub use stream::{Stream, finish_word};
