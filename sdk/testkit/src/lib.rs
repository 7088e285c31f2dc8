//! The conformance kit for driver plugins.
//!
//! A driver runs in the real sandbox, over the real client, against servers of
//! the kit whose every byte and every pause is scripted. What was sent, and
//! when, is known; what the host measured through the driver is held against
//! it.
//!
//! ```text
//! test ─► load, describe ─► detect (its own server, foreign ones) ─► scenarios ─► Report
//! ```
//!
//! A server is one of the kit's [`Dialect`]s, or follows a script file for a
//! protocol that the kit does not know:
//!
//! ```text
//! # A TOML head: which exchange generates, and the words for its end.
//! generates = "POST /generate"
//! finish = { length = "limit", stop = "end" }
//!
//! === GET /about
//! 200
//! content-type: application/json
//!
//! {"name": "my server"}
//!
//! === POST /generate
//! 200
//! content-type: application/x-ndjson
//!
//! {"text": "{{text}}"}
//! {"done": true, "why": "{{finish}}", "tokens": {{output_tokens}}}
//! ```
//!
//! A message (an event, or a line) with `{{text}}` or `{{reasoning}}` is sent once
//! for every piece of text. Without `{{text}}` the answer is served as it was
//! recorded, and the head states what is true of it. The author's guide,
//! `sdk/README.md`, lists every field and placeholder.

mod answer;
mod basics;
mod dialect;
mod error;
mod facts;
mod judge;
mod kit;
mod render;
mod report;
mod scenario;
mod script;
mod server;
mod text;

pub use dialect::Dialect;
pub use error::TestkitError;
pub use kit::{Options, test};
pub use report::{Check, CheckStatus, Conformance, Level, Report};
