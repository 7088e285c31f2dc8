//! The OpenAI-compatible HTTP interface.

mod answer;
mod facts;
mod problem;
mod request;
mod routes;
mod server;
mod stream;

pub use server::serve;
