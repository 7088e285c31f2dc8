//! What a model's file says about the memory that a token takes.

use tachograph_metrics::roofline::{KvCache, TokenBytes, least_active_weights};
use tachograph_metrics::{Measured, Unmeasured};
use tachograph_weights::ModelFacts;

/// Bits of an entry of an embedding table where the file does not say: such
/// tables are seldom quantized as far as the rest.
const EMBEDDING_BITS: f64 = 16.0;

/// What one token of a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelBytes {
    /// The bytes.
    pub bytes: TokenBytes,
    /// Whether `bytes.weights` is exact. It is not for a mixture of experts:
    /// the file's facts do not part experts from the rest, so it is a lower
    /// bound, the roof an upper bound, and the utilization a lower bound.
    pub exact: bool,
}

/// What one token of this model reads.
///
/// A dense model reads all its weights, a mixture at least its share of used
/// experts. `least_weights` also leaves out an embedding table, of which one
/// row is looked up; a model that uses the table as its output layer reads it
/// in full, and the facts do not tell the two apart.
///
/// # Errors
///
/// The reason why the bytes of the weights are not known.
pub fn model_bytes(facts: &ModelFacts) -> Measured<ModelBytes> {
    let all = facts.weight_bytes.ok_or_else(|| reason(facts, "weight_bytes"))?;
    let share = |bytes| match (facts.experts, facts.experts_used) {
        (Some(experts), Some(used)) => least_active_weights(bytes, experts, used),
        _ => Some(bytes),
    };
    let odd = || Unmeasured::Other("the model states impossible numbers of experts".into());
    let weights = share(all).ok_or_else(odd)?;
    let read = all.saturating_sub(embedding_bytes(facts).unwrap_or(0));
    let least_weights = share(read).ok_or_else(odd)?;
    let exact = facts.experts.is_none();
    let bytes = TokenBytes { weights, least_weights, kv_per_token: facts.kv_bytes_per_token };
    Ok(ModelBytes { bytes, exact })
}

/// The KV cache of this model with 16-bit keys and values, allocated in blocks
/// of `block_tokens` tokens.
///
/// # Errors
///
/// The reason why its geometry is not known.
pub fn kv_cache(facts: &ModelFacts, block_tokens: u64) -> Measured<KvCache> {
    let bytes_per_token =
        facts.kv_bytes_per_token.ok_or_else(|| reason(facts, "kv_bytes_per_token"))?;
    Ok(KvCache { bytes_per_token, block_tokens })
}

/// The bytes of an embedding table, an upper estimate.
fn embedding_bytes(facts: &ModelFacts) -> Option<u64> {
    let entries = facts.vocabulary?.checked_mul(facts.embedding_length?)?;
    let bits = facts.bits_per_weight()?.max(EMBEDDING_BITS);
    Some((entries as f64 * bits / 8.0).ceil() as u64)
}

/// Why a field of the facts is not known.
fn reason(facts: &ModelFacts, field: &str) -> Unmeasured {
    let stated = facts.unread.iter().find(|unread| unread.field == field);
    Unmeasured::Other(stated.map_or_else(
        || format!("the model's files do not state {field}"),
        |unread| unread.reason.clone(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(change: serde_json::Value) -> ModelFacts {
        let mut json = serde_json::json!({
            "format": "gguf", "files": 1, "file_bytes": 2_100_000, "architecture": "llama",
            "name": null, "layers": 4, "embedding_length": 100, "heads": 8, "kv_heads": 2,
            "head_dim": 16, "value_head_dim": 16, "context_length": 4096, "vocabulary": 1000,
            "experts": null, "experts_used": null, "quantization": "F16",
            "quantization_source": "file-type", "dominant_type": "F16", "parameters": 1_000_000,
            "weight_bytes": 2_000_000, "kv_bytes_per_token": 512, "unread": [],
        });
        for (key, value) in change.as_object().unwrap() {
            json[key] = value.clone();
        }
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_dense_model_reads_its_weights_and_at_least_all_but_its_table() {
        let found = model_bytes(&facts(serde_json::json!({}))).unwrap();
        assert!(found.exact);
        assert_eq!(
            found.bytes,
            TokenBytes { weights: 2_000_000, least_weights: 1_800_000, kv_per_token: Some(512) }
        );
        let no_table = facts(serde_json::json!({"vocabulary": null}));
        assert_eq!(model_bytes(&no_table).unwrap().bytes.least_weights, 2_000_000);
    }

    #[test]
    fn a_mixture_reads_its_share_as_a_lower_bound() {
        let mixture = facts(serde_json::json!({"experts": 8, "experts_used": 2}));
        let found = model_bytes(&mixture).unwrap();
        assert!(!found.exact);
        assert_eq!((found.bytes.weights, found.bytes.least_weights), (500_000, 450_000));
        let unsaid = facts(serde_json::json!({"experts": 8}));
        assert!(!model_bytes(&unsaid).unwrap().exact);
        assert!(model_bytes(&facts(serde_json::json!({"experts": 2, "experts_used": 3}))).is_err());
    }

    #[test]
    fn an_unknown_size_keeps_its_reason() {
        let unknown = facts(serde_json::json!({
            "weight_bytes": null, "kv_bytes_per_token": null,
            "unread": [{"field": "weight_bytes", "reason": "a type is not known"}],
        }));
        let text = |error: Unmeasured| error.to_string();
        assert_eq!(model_bytes(&unknown).map_err(text), Err("a type is not known".to_owned()));
        assert_eq!(
            kv_cache(&unknown, 16).map_err(text),
            Err("the model's files do not state kv_bytes_per_token".to_owned())
        );
        let known = kv_cache(&facts(serde_json::json!({})), 16).unwrap();
        assert_eq!(known.allocated(2, 17), Some(2 * 32 * 512));
    }
}
