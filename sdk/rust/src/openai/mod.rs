//! The OpenAI dialect, for drivers of servers that speak it.
//!
//! A driver's `generate` is three steps: [`chat_body`] writes the body of
//! `/v1/chat/completions` from a request, [`Stream`] attributes every frame of
//! the answer to the turn, and [`failure_of`] names what went wrong; [`chat`]
//! does all three. `detect` begins with a [`Listing`] of the models. What a
//! server accepts beyond the common ground is a [`Dialect`]; what the user
//! wants is in [`Settings`].

mod body;
mod call;
mod counters;
mod counts;
mod dialect;
mod failure;
mod hosted;
mod listing;
#[cfg(test)]
mod properties;
mod salt;
mod settings;
mod stream;
mod times;
mod tool_parser;
mod tools;

pub use body::chat_body;
pub use call::{
    chat, chat_stream, get_json, post_json, post_stream, send_chat, text_at, token_count,
};
pub use counters::counters;
pub use counts::{llama_timings, usage_of};
pub use dialect::Dialect;
pub use failure::{
    accepted, excerpt, failure_of, failure_saying, malformed, not_offered, not_this_backend,
    protocol, stream_failure,
};
pub use listing::{Listing, is_path};
pub use settings::{Settings, settings_schema, settings_schema_of_one};
pub use stream::{Stream, finish_word};
pub use times::usage_timing;
pub use tool_parser::state_tool_parser;
