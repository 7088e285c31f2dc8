//! Bytes that no earlier run has used.

use std::{
    hash::{BuildHasher, Hasher},
    time::{SystemTime, UNIX_EPOCH},
};

/// Sixteen fresh bytes. The standard library's hasher seeds are the system's
/// randomness; time and process make a repeat harmless.
pub(crate) fn fresh_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    for half in bytes.chunks_exact_mut(8) {
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_u128(
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos(),
        );
        hasher.write_u32(std::process::id());
        half.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    bytes
}

/// Words that no earlier run has sent.
pub(crate) fn fresh_nonce() -> String {
    tachograph_workload_text::nonce(&fresh_bytes())
}
