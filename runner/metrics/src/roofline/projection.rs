//! Memory that a model is going to take at a context length.

use super::KvCache;
use crate::{Measured, Unmeasured};

/// The memory that one context length takes. Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// Tokens of context in each sequence.
    pub context: u64,
    /// The weights, all of them: experts that a token does not use are held too.
    pub weights: u64,
    /// The KV cache as it is allocated.
    pub kv: u64,
    /// Everything else: activations, buffers, the runtime. `None` where it was
    /// not measured, see [`overhead_bytes`].
    pub overhead: Option<u64>,
}

impl Projection {
    /// Weights and KV cache: the least that the model takes.
    pub fn least(&self) -> u64 {
        self.weights.saturating_add(self.kv)
    }

    /// All together; `None` where the overhead is not known.
    pub fn total(&self) -> Option<u64> {
        self.least().checked_add(self.overhead?)
    }
}

/// The memory that each of `contexts` takes for `sequences` sequences. A
/// context that overflows is left out.
pub fn project(
    weights: u64,
    cache: &KvCache,
    overhead: Option<u64>,
    sequences: u64,
    contexts: &[u64],
) -> Vec<Projection> {
    contexts
        .iter()
        .filter_map(|&context| {
            let kv = cache.allocated(sequences, context)?;
            Some(Projection { context, weights, kv, overhead })
        })
        .collect()
}

/// What a measurement has beyond weights and KV cache: measured − both. An
/// error where less was measured than the model should take, as with weights
/// that are mapped and not yet read, or a quantized cache.
pub fn overhead_bytes(measured: u64, weights: u64, kv: u64) -> Measured<u64> {
    measured.checked_sub(weights.saturating_add(kv)).ok_or_else(|| {
        Unmeasured::Other("less memory was measured than weights and KV cache take".into())
    })
}

/// Bytes that so many weights take at `bits` bits each, scales included: 4.5
/// for 4 bits with a 16-bit scale and offset for every 64 weights. An estimate
/// for a model whose file is not at hand. `None` for bits that are none.
pub fn weight_bytes(weights: u64, bits: f64) -> Option<u64> {
    let bytes = weights as f64 * bits / 8.0;
    (bits.is_finite() && bits > 0.0 && bytes < u64::MAX as f64).then(|| bytes.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_does_not_invent_what_was_not_measured() {
        let cache = KvCache { bytes_per_token: 10, block_tokens: 16 };
        let known = project(1000, &cache, Some(50), 2, &[16, 17, u64::MAX]);
        assert_eq!(known.iter().map(|p| p.kv).collect::<Vec<_>>(), [320, 640]);
        assert_eq!(
            known.iter().map(Projection::total).collect::<Vec<_>>(),
            [Some(1370), Some(1690)]
        );
        let unknown = project(1000, &cache, None, 1, &[16]);
        assert_eq!((unknown[0].least(), unknown[0].total()), (1160, None));
    }

    #[test]
    fn overhead_is_never_negative() {
        assert_eq!(overhead_bytes(1500, 1000, 200), Ok(300));
        assert!(overhead_bytes(1100, 1000, 200).is_err());
    }

    #[test]
    fn bits_of_a_weight_include_its_scale() {
        assert_eq!(weight_bytes(1_000_000, 16.0), Some(2_000_000));
        assert_eq!(weight_bytes(64, 4.5), Some(36));
        for bits in [0.0, -4.0, f64::NAN, f64::INFINITY] {
            assert_eq!(weight_bytes(64, bits), None, "{bits}");
        }
    }
}
