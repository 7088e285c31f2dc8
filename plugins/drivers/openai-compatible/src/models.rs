//! The models that a server lists.

use tachograph_sdk::{model::ModelInfo, openai::Dialect, serde_json::Value};

/// Reads the entries of `/v1/models`; those without an id are left out.
pub(crate) fn models_of(entries: &[Value], dialect: Dialect) -> Vec<ModelInfo> {
    entries.iter().filter_map(|entry| model_of(entry, dialect)).collect()
}

fn model_of(entry: &Value, dialect: Dialect) -> Option<ModelInfo> {
    let id = entry.get("id")?.as_str()?;
    let meta = entry.get("meta");
    let fact = |key: &str| meta.and_then(|meta| meta.get(key));
    let number = |key: &str| fact(key).and_then(Value::as_u64);
    let text = |key: &str| fact(key).and_then(Value::as_str).map(str::to_owned);
    // vLLM names the folder of the weights; mlx_lm names models by it.
    let root = entry.get("root").and_then(Value::as_str);
    let local_path = root.or(Some(id)).filter(|path| is_path(path)).map(str::to_owned);
    let id = match (dialect, is_path(id)) {
        // The model of `--model`; its path would be loaded a second time.
        (Dialect::Mlx, true) => "default_model",
        _ => id,
    };
    let digest = text("weights_sha256");
    Some(ModelInfo {
        id: id.to_owned(),
        parameters: number("n_params"),
        size_bytes: number("size"),
        quantization: text("ftype"),
        max_context: entry
            .get("max_model_len")
            .and_then(Value::as_u64)
            .or(number("n_ctx"))
            .or(number("n_ctx_train")),
        digest_source: digest
            .as_ref()
            .map(|_| "SHA-256 of the weights, as the server states it".into()),
        digest,
        local_path,
    })
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') || text.get(1..3) == Some(":\\")
}
