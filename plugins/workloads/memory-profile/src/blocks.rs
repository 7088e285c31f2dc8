//! A cache that is given out in blocks.

/// The tokens that are set aside for a sequence of `tokens`: whole blocks.
pub fn allocated(tokens: u64, block: u64) -> u64 {
    tokens.div_ceil(block.max(1)) * block.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S2.35: sequences of 8 and of 9 tokens take one block of 16 each.
    #[test]
    fn blocks_are_whole() {
        assert_eq!([0, 1, 8, 9, 16, 17].map(|n| allocated(n, 16)), [0, 16, 16, 16, 16, 32]);
        assert_eq!(allocated(7, 1), 7);
    }
}
