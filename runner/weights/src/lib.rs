//! What a model file says of itself, and which file it is.
//!
//! [`read`] takes a `.gguf` file, a `.safetensors` file or a model folder and
//! gives [`ModelFacts`]. It reads headers and `config.json` only, never the
//! weights, and every count and length in them is bounded before anything is
//! allocated. [`Digest`] is the SHA-256 of the weights, and [`DigestCache`]
//! keeps it for as long as the files stay as they were.
//!
//! Messages name a file without its folders, which may hold a user's name.

mod clean;
mod digest;
mod error;
mod facts;
mod files;
mod gguf;
mod kv_cache;
mod read;
mod safetensors;

pub use digest::{Digest, DigestCache, Digested, Progress, digest};
pub use error::WeightsError;
pub use facts::{ModelFacts, QuantizationSource, Unread, WeightsFormat};
pub use files::weight_files;
pub use gguf::read_gguf_header;
pub use kv_cache::kv_bytes_per_token;
pub use read::read;
pub use safetensors::read_safetensors_header;
