//! How many bytes a model reads to make one token.

/// What making one token reads from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBytes {
    /// Bytes of the weights that a token goes through: all of a dense model,
    /// the shared part and the used experts of a mixture.
    pub weights: u64,
    /// The least that `weights` can be, where it is only known within limits:
    /// rows of an embedding table that are not looked up, experts that are not
    /// used. Equal to `weights` where that is exact.
    pub least_weights: u64,
    /// Bytes of the KV cache per token of context; `None` where not known.
    pub kv_per_token: Option<u64>,
}

impl TokenBytes {
    /// A dense model of so many bytes whose KV cache is not known.
    pub fn dense(weights: u64) -> Self {
        Self { weights, least_weights: weights, kv_per_token: None }
    }

    /// Bytes read for one token after `depth` tokens of context: weights and
    /// the whole KV cache. `None` where the KV cache is not known and `depth`
    /// is not 0, or on overflow.
    pub fn at(&self, depth: u64) -> Option<u64> {
        self.in_batch(depth, 1)
    }

    /// Bytes read for one pass that gives one token to each of `streams`
    /// streams: the weights once, the KV cache of each stream.
    pub fn in_batch(&self, depth: u64, streams: u32) -> Option<u64> {
        if depth == 0 {
            return Some(self.weights);
        }
        let cache = self.kv_per_token?.checked_mul(depth)?.checked_mul(u64::from(streams))?;
        self.weights.checked_add(cache)
    }
}

/// The least bytes of weights that one token of a mixture of experts reads:
/// the bytes of the model × experts used ÷ experts, as if all of the model were
/// experts. Attention, embeddings and shared experts come on top, so the truth
/// is more. `None` unless `0 < used ≤ experts`.
pub fn least_active_weights(model_bytes: u64, experts: u64, used: u64) -> Option<u64> {
    if used == 0 || used > experts {
        return None;
    }
    let bytes = u128::from(model_bytes) * u128::from(used) / u128::from(experts);
    u64::try_from(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_the_weights_and_its_whole_context() {
        let bytes = TokenBytes { kv_per_token: Some(10), ..TokenBytes::dense(1000) };
        assert_eq!((bytes.at(0), bytes.at(50)), (Some(1000), Some(1500)));
        assert_eq!(bytes.in_batch(50, 4), Some(3000), "the weights are read once");
        assert_eq!(TokenBytes::dense(1000).at(0), Some(1000));
        assert_eq!(TokenBytes::dense(1000).at(1), None, "an unknown cache is not 0");
        assert_eq!(bytes.at(u64::MAX), None);
    }

    #[test]
    fn a_mixture_reads_at_least_the_share_of_its_experts() {
        assert_eq!(least_active_weights(800, 8, 2), Some(200));
        assert_eq!(least_active_weights(u64::MAX, 4, 4), Some(u64::MAX));
        assert_eq!(least_active_weights(800, 8, 0), None);
        assert_eq!(least_active_weights(800, 0, 0), None);
        assert_eq!(least_active_weights(800, 2, 3), None);
    }
}
