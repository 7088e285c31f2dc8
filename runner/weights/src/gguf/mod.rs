//! GGUF: a header of metadata and tensor descriptions, then the weights.

#[cfg(test)]
pub(crate) mod build;
mod facts;
mod file_type;
mod header;
mod metadata;
mod reader;
mod tensor;
mod tensor_type;
#[cfg(test)]
mod tests;

pub(crate) use facts::facts;
pub(crate) use file_type::types_of;
pub use header::read_gguf_header;
pub(crate) use header::{Header, read_header};
