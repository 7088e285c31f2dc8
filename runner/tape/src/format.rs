//! The layout of a tape, version 1. Integers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `TACHOTAP` |
//! | 4 | version, 1 |
//! | … | records |
//!
//! A record:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `n`, length of the packed payload |
//! | 1 | kind: 1 fact, 2 exchange, 3 end |
//! | `n` | the payload, one zstd frame |
//! | 32 | link: SHA-256 of (previous link, `n`, kind, packed payload) |
//!
//! The first previous link is the SHA-256 of the header. A payload is the length
//! of a JSON document (4 bytes), the document, then byte strings, each after its
//! length (4 bytes).
//!
//! A tape may take no more memory than [`MEMORY_BASE`](crate::MEMORY_BASE) and
//! [`MEMORY_RATIO`](crate::MEMORY_RATIO) allow; no writer makes one that does.
//!
//! A reader may refuse a version it does not know; it never guesses.

use sha2::{Digest, Sha256};

/// The first bytes of a tape.
pub const MAGIC: &[u8; 8] = b"TACHOTAP";
/// The version that this build writes and reads.
pub const VERSION: u32 = 1;
/// The header: magic and version.
pub const HEADER_LEN: usize = 12;
/// Bytes before the payload of a record.
pub const PREFIX_LEN: usize = 5;
/// Bytes of a link.
pub const LINK_LEN: usize = 32;
/// The largest payload, unpacked and packed: a response body at its cap, its
/// request, and room for their descriptions.
pub const MAX_PAYLOAD: usize = 96 << 20;

/// A link of the hash chain.
pub type Link = [u8; LINK_LEN];

/// The header of a tape.
pub fn header() -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..8].copy_from_slice(MAGIC);
    header[8..].copy_from_slice(&VERSION.to_le_bytes());
    header
}

/// The link that the first record follows.
pub fn first_link() -> Link {
    Sha256::digest(header()).into()
}

/// The link after a record.
pub fn next_link(previous: &Link, prefix: &[u8], packed: &[u8]) -> Link {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(prefix);
    hasher.update(packed);
    hasher.finalize().into()
}
