//! The client against a scripted server on raw loopback sockets.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod connections;
mod faults;
mod limits;
mod policy;
mod server;
mod splits;
mod timing;
mod tls;
