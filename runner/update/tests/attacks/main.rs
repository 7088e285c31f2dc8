//! The attack table of `docs/trust.md`, row by row, against a real HTTP server
//! on loopback that misbehaves; and the updates that have to work.
//!
//! Every test makes its own keys. One file a group.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod contents;
mod freshness;
mod keys;
mod mirror;
mod roots;
mod server;
mod signatures;
mod transport;
mod whole;
