//! The KV cache: what a context takes.

/// How a server keeps keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvCache {
    /// Bytes that one token takes: `Σ over layers of kv_heads × (key width +
    /// value width) × bytes of an element`. Key and value heads, not query
    /// heads: with grouped attention they are fewer.
    pub bytes_per_token: u64,
    /// Tokens that are allocated together: 16 in many paged caches, 1 where
    /// the cache grows by tokens. 0 counts as 1.
    pub block_tokens: u64,
}

impl KvCache {
    /// Bytes that `sequences` sequences of `tokens` tokens each use. `None` on
    /// overflow.
    pub fn used(&self, sequences: u64, tokens: u64) -> Option<u64> {
        self.bytes_per_token.checked_mul(tokens)?.checked_mul(sequences)
    }

    /// Bytes that are allocated for them: whole blocks for each sequence, of
    /// which the last may be almost empty. `None` on overflow.
    pub fn allocated(&self, sequences: u64, tokens: u64) -> Option<u64> {
        let block = self.block_tokens.max(1);
        self.used(sequences, tokens.div_ceil(block).checked_mul(block)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cache_is_allocated_in_blocks() {
        let paged = KvCache { bytes_per_token: 10, block_tokens: 16 };
        assert_eq!((paged.used(2, 17), paged.allocated(2, 17)), (Some(340), Some(640)));
        assert_eq!(paged.allocated(3, 0), Some(0));
        assert_eq!(paged.allocated(3, 16), Some(480));
        let by_token = KvCache { block_tokens: 0, ..paged };
        assert_eq!(by_token.allocated(2, 17), Some(340));
        assert_eq!(paged.used(u64::MAX, 2), None);
        assert_eq!(paged.allocated(1, u64::MAX), None);
    }

    proptest! {
        #[test]
        fn less_than_a_block_is_lost_per_sequence(
            bytes_per_token in 1_u64..1 << 20, block_tokens in 1_u64..1024,
            sequences in 0_u64..1024, tokens in 0_u64..1 << 20,
        ) {
            let cache = KvCache { bytes_per_token, block_tokens };
            let used = cache.used(sequences, tokens).unwrap();
            let lost = cache.allocated(sequences, tokens).unwrap() - used;
            prop_assert!(lost <= sequences * (block_tokens - 1) * bytes_per_token);
        }
    }
}
