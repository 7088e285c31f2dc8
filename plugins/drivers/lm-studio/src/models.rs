//! The models as both versions of the REST API describe them.

use tachograph_sdk::{
    model::ModelInfo,
    model_named,
    serde_json::{Value, json},
};

/// A model that can chat.
pub(crate) struct Listed {
    pub(crate) info: ModelInfo,
    pub(crate) loaded: bool,
    /// Requests that it works on at once.
    pub(crate) slots: Option<u32>,
    /// What has no place in the description of a model.
    pub(crate) facts: Value,
}

/// Reads an entry of `/api/v1/models`: every loaded instance by its own name,
/// or the model by its key when none is loaded.
pub(crate) fn by_v1(entry: &Value) -> Vec<Listed> {
    let Some(key) = chatting(entry, "key") else { return Vec::new() };
    let quantization = entry.pointer("/quantization/name").and_then(Value::as_str);
    let one = |instance: Option<&Value>| {
        let config = |key: &str| instance?.get("config")?.get(key)?.as_u64();
        let id = instance.and_then(|instance| instance.get("id")?.as_str()).unwrap_or(key);
        Listed {
            info: model(id, quantization, entry, config("context_length")),
            loaded: instance.is_some(),
            slots: config("parallel").and_then(|slots| u32::try_from(slots).ok()),
            facts: json!({
                "id": id,
                "architecture": entry.get("architecture"),
                "format": entry.get("format"),
                "params": entry.get("params_string"),
                "config": instance.and_then(|instance| instance.get("config")),
            }),
        }
    };
    match entry.get("loaded_instances").and_then(Value::as_array) {
        Some(instances) if !instances.is_empty() => {
            instances.iter().map(|instance| one(Some(instance))).collect()
        }
        _ => vec![one(None)],
    }
}

/// Reads an entry of `/api/v0/models`.
pub(crate) fn by_v0(entry: &Value) -> Option<Listed> {
    let id = chatting(entry, "id")?;
    let loaded = entry.get("state").and_then(Value::as_str) == Some("loaded");
    let quantization = entry.get("quantization").and_then(Value::as_str);
    let context = entry.get("loaded_context_length").and_then(Value::as_u64);
    Some(Listed {
        info: model(id, quantization, entry, context.filter(|_| loaded)),
        loaded,
        slots: None,
        facts: json!({
            "id": id,
            "architecture": entry.get("arch"),
            "format": entry.get("compatibility_type"),
        }),
    })
}

/// The name of an entry that is no embedding model.
fn chatting<'e>(entry: &'e Value, key: &str) -> Option<&'e str> {
    let kind = entry.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.starts_with("embedding") { None } else { entry.get(key)?.as_str() }
}

fn model(id: &str, quantization: Option<&str>, entry: &Value, context: Option<u64>) -> ModelInfo {
    // `params_string` is a rounded word such as `7B`, no count.
    ModelInfo {
        size_bytes: entry.get("size_bytes").and_then(Value::as_u64),
        quantization: quantization.map(str::to_owned),
        // What is loaded bounds a request; else the model itself does.
        max_context: context.or_else(|| entry.get("max_context_length")?.as_u64()),
        ..model_named(id)
    }
}
