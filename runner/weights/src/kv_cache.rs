//! The size of a token in the KV cache.

/// Bytes that one token takes in a KV cache of 16-bit numbers:
/// `2 bytes × Σ over layers of kv_heads × (key width + value width)`, which is
/// `2 × layers × kv_heads × head_dim × 2` where all layers are alike.
///
/// `kv_heads` has one number for each layer. This is what full attention over
/// 16-bit keys and values takes; a server needs less with a quantized cache,
/// with sliding windows, or where it stores compressed keys. `None` on
/// overflow.
pub fn kv_bytes_per_token(kv_heads: &[u64], key_width: u64, value_width: u64) -> Option<u64> {
    const BYTES: u64 = 2;
    let heads = kv_heads.iter().try_fold(0_u64, |sum, heads| sum.checked_add(*heads))?;
    heads.checked_mul(key_width.checked_add(value_width)?)?.checked_mul(BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_model_takes_what_is_known() {
        // Llama 3.1 8B: 32 layers, 8 heads of 128 for keys and values: 128 KiB a token.
        assert_eq!(kv_bytes_per_token(&[8; 32], 128, 128), Some(128 * 1024));
        assert_eq!(2 * 32 * 8 * 128 * 2, 128 * 1024);
        // Layers without attention take nothing.
        assert_eq!(kv_bytes_per_token(&[0, 8, 0, 8], 64, 32), Some(2 * 2 * 8 * 96));
        assert_eq!(kv_bytes_per_token(&[u64::MAX, 1], 1, 1), None);
        assert_eq!(kv_bytes_per_token(&[u64::MAX / 2], 4, 1), None);
    }
}
