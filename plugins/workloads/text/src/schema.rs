//! Pieces of the JSON Schemas of parameters.

use serde_json::{Value, json};

/// The schema of the parameters of a plugin: an object of these properties and
/// no others.
pub fn params(plugin: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("parameters of {plugin}"),
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// A whole number in a range, ends included.
pub fn whole(description: &str, least: u64, most: u64) -> Value {
    json!({ "description": description, "type": "integer", "minimum": least, "maximum": most })
}

/// A list of 1 to 16 different whole numbers in a range, ends included.
pub fn wholes(description: &str, least: u64, most: u64) -> Value {
    json!({
        "description": description,
        "type": "array", "minItems": 1, "maxItems": 16, "uniqueItems": true,
        "items": { "type": "integer", "minimum": least, "maximum": most }
    })
}

/// The length of every prompt in reference tokens.
pub fn prompt_tokens(least: u64) -> Value {
    whole("The length of every prompt in reference tokens (o200k).", least, 1_048_576)
}

/// Output tokens of every request.
pub fn output_tokens() -> Value {
    whole("Output tokens of every request, asked for exactly.", 1, 65_536)
}

/// Warm-up repetitions of each part.
pub fn warmup() -> Value {
    whole("Warm-up repetitions of each part, when other than the profile's.", 0, 100)
}

/// What the host knows of the model and the machine: see [`crate::Facts`].
pub fn facts() -> Value {
    let bytes = |description| whole(description, 1, u64::MAX);
    json!({
        "description": "What is known of the model and the machine; figures that need what is \
                        not given are null.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "weight_bytes": bytes("Bytes of the model's weights."),
            "kv_bytes_per_token": bytes("Bytes of one token in the KV cache."),
            "bytes_per_token": bytes("Bytes of memory that one decoded token touches."),
            "bandwidth_bytes_per_s": bytes("Memory bandwidth in bytes a second."),
        }
    })
}
