//! Servers that stall, reset, lie or send garbage: the real program against a
//! scripted server.
//!
//! Whatever a server does, a run ends by itself with the right exit code, says
//! what happened in the result, and seals something that verifies and replays
//! to the byte. [`measured::measure`] asserts that part for every scenario.
#![cfg(test)]

mod counted;
mod cut;
mod found;
mod garbled;
mod large;
mod measured;
mod odd;
mod refused;
mod timed;
