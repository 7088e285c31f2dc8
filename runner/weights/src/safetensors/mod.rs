//! safetensors: a JSON header with every tensor, and `config.json` beside it.

mod config;
mod facts;
mod header;
mod packed;
#[cfg(test)]
mod tests;

pub(crate) use config::{CONFIG_BYTES, Config};
pub(crate) use facts::facts;
pub use header::read_safetensors_header;
pub(crate) use header::{Header, read_header};
