//! Servers of the OpenAI dialect.

use serde_json::{Value, json};

use super::{count, tokens};
use crate::{
    render::MODEL,
    server::{Asked, Whole},
};

type Route<'a> = (&'a str, &'a str);

fn list(entry: Value) -> Option<Whole> {
    Some(Whole::json(200, &json!({ "object": "list", "data": [entry] })))
}

fn model(owner: &str) -> Value {
    json!({ "id": MODEL, "object": "model", "created": 1, "owned_by": owner })
}

fn metrics(lines: &str) -> Option<Whole> {
    Some(Whole::new(200, "text/plain; version=0.0.4", lines))
}

pub(super) fn plain(route: Route<'_>) -> Option<Whole> {
    match route {
        ("GET", "/v1/models") => list(model("kit")),
        _ => None,
    }
}

pub(super) fn vllm(route: Route<'_>, asked: &Asked) -> Option<Whole> {
    match route {
        ("GET", "/v1/models") => {
            let mut entry = model("vllm");
            entry["root"] = json!(MODEL);
            entry["parent"] = Value::Null;
            entry["max_model_len"] = json!(8192);
            list(entry)
        }
        ("GET", "/version") => Some(Whole::json(200, &json!({ "version": "0.32.0" }))),
        ("GET", "/health") => Some(Whole::new(200, "application/json", "")),
        ("GET", "/load") => Some(Whole::json(200, &json!({ "server_load": 0 }))),
        ("POST", "/tokenize") => {
            let count = count(asked.json.get("prompt").unwrap_or(&Value::Null));
            Some(Whole::json(
                200,
                &json!({ "count": count, "max_model_len": 8192, "tokens": tokens(count) }),
            ))
        }
        ("GET", "/metrics") => metrics(
            "# TYPE vllm:prefix_cache_queries_total counter\n\
             vllm:prefix_cache_queries_total{engine=\"0\",model_name=\"kit-model\"} 24.0\n\
             # TYPE vllm:prefix_cache_hits_total counter\n\
             vllm:prefix_cache_hits_total{engine=\"0\",model_name=\"kit-model\"} 8.0\n\
             # TYPE vllm:prompt_tokens_total counter\n\
             vllm:prompt_tokens_total{engine=\"0\",model_name=\"kit-model\"} 24.0\n",
        ),
        _ => None,
    }
}

pub(super) fn sglang(route: Route<'_>) -> Option<Whole> {
    match route {
        ("GET", "/v1/models") => {
            let mut entry = model("sglang");
            entry["root"] = json!(MODEL);
            entry["max_model_len"] = json!(8192);
            list(entry)
        }
        ("GET", "/server_info" | "/get_server_info") => Some(Whole::json(
            200,
            &json!({
                "version": "0.5.23", "model_path": MODEL, "served_model_name": MODEL,
                "max_running_requests": 8, "context_length": 8192, "dtype": "auto",
                "quantization": null,
            }),
        )),
        ("GET", "/model_info" | "/get_model_info") => Some(Whole::json(
            200,
            &json!({ "model_path": MODEL, "tokenizer_path": MODEL, "is_generation": true }),
        )),
        ("GET", "/health" | "/health_generate") => Some(Whole::new(200, "text/plain", "")),
        ("GET" | "POST", "/flush_cache") => Some(Whole::new(200, "text/plain", "Cache flushed.\n")),
        ("GET", "/metrics") => metrics(
            "# TYPE sglang:prompt_tokens_total counter\n\
             sglang:prompt_tokens_total{model_name=\"kit-model\"} 24.0\n\
             # TYPE sglang:cached_tokens_total counter\n\
             sglang:cached_tokens_total{model_name=\"kit-model\"} 8.0\n\
             # TYPE sglang:cache_hit_rate gauge\n\
             sglang:cache_hit_rate{model_name=\"kit-model\"} 0.25\n",
        ),
        _ => None,
    }
}

pub(super) fn mlx(route: Route<'_>) -> Option<Whole> {
    match route {
        ("GET", "/v1/models") => {
            list(json!({ "id": "/models/kit-model", "object": "model", "created": 1 }))
        }
        ("GET", "/health") => Some(Whole::json(200, &json!({ "status": "ok" }))),
        _ => None,
    }
}

pub(super) fn tabbyapi(route: Route<'_>, asked: &Asked) -> Option<Whole> {
    let loaded = || {
        let mut entry = model("tabbyAPI");
        entry["parameters"] = json!({
            "max_seq_len": 8192, "cache_size": 8192, "cache_mode": "FP16", "max_batch_size": 4,
            "chunk_size": 2048, "rope_scale": 1.0, "rope_alpha": 1.0, "prompt_template": "chatml",
        });
        entry
    };
    match route {
        ("GET", "/v1/models" | "/v1/model/list") => list(model("tabbyAPI")),
        ("GET", "/v1/model") => Some(Whole::json(200, &loaded())),
        ("GET", "/.well-known/serviceinfo") => Some(Whole::json(
            200,
            &json!({
                "version": 0.1,
                "software": {
                    "name": "TabbyAPI", "repository": "https://github.com/theroyallab/tabbyAPI",
                    "homepage": "https://github.com/theroyallab/tabbyAPI",
                },
                "api": { "openai": {
                    "name": "OpenAI API", "relative_url": "/v1", "documentation": "", "version": 1,
                } },
            }),
        )),
        ("GET", "/health") => Some(Whole::json(200, &json!({ "status": "healthy", "issues": [] }))),
        // Looks like llama.cpp's, without its build.
        ("GET", "/props") => Some(Whole::json(
            200,
            &json!({ "total_slots": 4, "default_generation_settings": { "n_ctx": 8192 } }),
        )),
        ("POST", "/v1/token/encode") => {
            let count = count(asked.json.get("text").unwrap_or(&Value::Null));
            Some(Whole::json(200, &json!({ "tokens": tokens(count), "length": count })))
        }
        _ => None,
    }
}

pub(super) fn lm_studio(route: Route<'_>) -> Option<Whole> {
    match route {
        ("GET", "/v1/models") => list(model("organization_owner")),
        // By this its own programs find it.
        ("GET", "/lmstudio-greeting") => Some(Whole::json(200, &json!({ "lmstudio": true }))),
        ("GET", "/api/v0/models") => list(json!({
            "id": MODEL, "object": "model", "type": "llm", "publisher": "kit", "arch": "llama",
            "compatibility_type": "gguf", "quantization": "Q4_K_M", "state": "loaded",
            "max_context_length": 131_072, "loaded_context_length": 8192,
        })),
        ("GET", "/api/v1/models") => Some(Whole::json(
            200,
            &json!({ "models": [{
                "type": "llm", "publisher": "kit", "key": MODEL, "display_name": "Kit",
                "architecture": "llama",
                "quantization": { "name": "Q4_K_M", "bits_per_weight": 4 },
                "size_bytes": 1_000_000, "params_string": "1M",
                "loaded_instances": [{ "id": MODEL, "config": { "context_length": 8192 } }],
                "max_context_length": 131_072, "format": "gguf",
            }] }),
        )),
        _ => None,
    }
}
