//! Ollama and the Anthropic dialect.

use serde_json::{Value, json};

use super::count;
use crate::{
    render::MODEL,
    server::{Asked, Whole},
};

pub(super) fn ollama(route: (&str, &str)) -> Option<Whole> {
    let details = json!({
        "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
        "parameter_size": "5.2M", "quantization_level": "F16",
    });
    let digest = "3f6b".repeat(16);
    let body = match route {
        ("GET" | "HEAD", "/") => {
            return Some(Whole::new(200, "text/plain; charset=utf-8", "Ollama is running"));
        }
        ("GET", "/api/version") => json!({ "version": "0.12.6" }),
        ("GET", "/api/tags") => json!({ "models": [{
            "name": MODEL, "model": MODEL, "modified_at": "2026-11-22T00:00:00Z",
            "size": 10_494_976, "digest": digest, "details": details,
        }] }),
        ("POST", "/api/show") => json!({
            "details": details, "template": "", "parameters": "",
            "capabilities": ["completion", "tools", "thinking"],
            "modified_at": "2026-11-22T00:00:00Z",
            "model_info": {
                "general.architecture": "llama", "general.parameter_count": 5_245_184,
                "llama.context_length": 131_072,
            },
        }),
        ("GET", "/api/ps") => json!({ "models": [{
            "name": MODEL, "model": MODEL, "size": 12_000_000, "size_vram": 0, "digest": digest,
            "details": details, "expires_at": "2026-11-22T01:00:00Z", "context_length": 8192,
        }] }),
        _ => return None,
    };
    Some(Whole::json(200, &body))
}

pub(super) fn anthropic(route: (&str, &str), asked: &Asked) -> Option<Whole> {
    let entry = json!({
        "type": "model", "id": MODEL, "display_name": "Kit", "created_at": "2026-11-22T00:00:00Z",
        "max_input_tokens": 200_000, "max_tokens": 64_000,
    });
    let body = match route {
        ("GET", "/v1/models") => {
            json!({ "data": [entry], "has_more": false, "first_id": MODEL, "last_id": MODEL })
        }
        ("POST", "/v1/messages/count_tokens") => {
            let words: u64 = asked
                .json
                .get("messages")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|message| message.get("content"))
                .map(|content| match content {
                    Value::Array(blocks) => {
                        blocks.iter().filter_map(|block| block.get("text")).map(count).sum()
                    }
                    text => count(text),
                })
                .sum();
            json!({ "input_tokens": words.max(1) })
        }
        _ => return None,
    };
    Some(Whole::json(200, &body))
}
