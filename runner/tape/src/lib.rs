//! The tape: everything that crossed the wire, in the order it was journalled.
//!
//! A tape is a header and a sequence of records. Each record is compressed on
//! its own and followed by the SHA-256 of the chain so far, so that
//!
//! * a record, once written, cannot be changed, dropped, moved or added without
//!   every later link failing;
//! * a tape whose writer was killed is readable up to its last whole record;
//! * the last link is the digest of the tape, which the sealed result names.
//!
//! A tape from elsewhere may be made to harm its reader: what reading takes in
//! memory is bounded by [`MEMORY_BASE`] and [`MEMORY_RATIO`].
//!
//! The crate knows nothing of what records mean: a record is a kind, a JSON
//! document and byte strings. The layout is in [`format`].

mod budget;
mod document;
mod error;
pub mod format;
mod reader;
mod record;
mod writer;

pub use budget::{MEMORY_BASE, MEMORY_RATIO};
pub use error::TapeError;
pub use reader::Tape;
pub use record::{Kind, Record};
pub use writer::TapeWriter;
