//! Why a tape could not be written or is not believed.

use std::path::PathBuf;

/// A failure of writing or reading a tape. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file system said no.
    #[error("cannot {action} the tape {}: {source}", file.display())]
    Io {
        /// `create`, `write`, `sync` or `read`.
        action: &'static str,
        /// The tape.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no tape, or one of a version that this build cannot read.
    #[error("{} is not a tape that this build reads: {reason}", file.display())]
    NotATape {
        /// The file.
        file: PathBuf,
        /// What is wrong with its header.
        reason: String,
    },
    /// A record does not hold: bytes were changed after they were written.
    #[error("the tape {} is damaged at record {record} (byte {offset}): {reason}", file.display())]
    Damaged {
        /// The tape.
        file: PathBuf,
        /// The record, from 0.
        record: u64,
        /// Where the record begins.
        offset: u64,
        /// What does not hold.
        reason: String,
    },
    /// A record is larger than the format allows.
    #[error("a record of {size} bytes is more than a tape takes ({limit})")]
    TooLarge {
        /// Bytes of the record.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// With this record the tape would unpack to more than a reader takes.
    #[error("the tape would take more memory than a reader allows for its size")]
    TooMuchMemory,
}
