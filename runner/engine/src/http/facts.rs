//! What the engine says about itself.

use serde_json::{Value, json};

use crate::engine::MODEL_ID;
use crate::{Engine, ModelShape};

/// The answer of `GET /v1/models`.
pub(super) fn models(engine: &Engine) -> Value {
    let shape = engine.shape();
    json!({
        "object": "list",
        "data": [{
            "id": MODEL_ID,
            "object": "model",
            "created": 0,
            "owned_by": "tachograph",
            "meta": {
                "n_params": shape.parameters(),
                "size": shape.parameters() * size_of::<f32>(),
                "n_ctx_train": engine.options().context,
                "n_vocab": shape.vocab,
                "n_embd": shape.dim,
                "ftype": "F32",
                "weights_sha256": engine.weights_sha256(),
            },
        }],
    })
}

/// The answer of `GET /props`.
pub(super) fn props(engine: &Engine) -> Value {
    let options = engine.options();
    let ModelShape { layers, dim, heads, kv_heads, head_dim, ff, vocab } = *engine.shape();
    json!({
        "build_info": format!("tachograph-engine {}", engine.version()),
        "model_alias": MODEL_ID,
        "n_ctx": options.context,
        "total_slots": options.slots,
        "default_generation_settings": { "n_ctx": options.context },
        "model": {
            "architecture": "llama",
            "ftype": "F32",
            "n_params": engine.shape().parameters(),
            "n_layer": layers,
            "n_embd": dim,
            "n_head": heads,
            "n_head_kv": kv_heads,
            "head_dim": head_dim,
            "n_ff": ff,
            "n_vocab": vocab,
            "kv_bytes_per_token": engine.shape().kv_bytes_per_token(),
        },
        "weights_sha256": engine.weights_sha256(),
        "weights_seed": options.seed,
        "threads": options.threads,
        "instruction_set": engine.instruction_set(),
        "text": "meaningless: the weights are generated, the arithmetic is real",
    })
}
