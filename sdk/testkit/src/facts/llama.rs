//! `llama-server`.

use serde_json::{Value, json};

use super::{count, tokens};
use crate::{
    render::MODEL,
    server::{Asked, Whole},
};

pub(super) fn answer(route: (&str, &str), asked: &Asked) -> Option<Whole> {
    let said = |key: &str| asked.json.get(key).cloned().unwrap_or_default();
    let body = match route {
        ("GET", "/health" | "/v1/health") => json!({ "status": "ok" }),
        ("GET", "/props") => json!({
            "default_generation_settings": { "n_ctx": 8192 }, "total_slots": 1,
            "model_alias": MODEL, "model_ftype": "F16", "model_path": "/models/kit-model.gguf",
            "chat_template": "", "chat_template_caps": { "supports_tools": true },
            "bos_token": "<s>", "eos_token": "</s>", "build_info": "b1-0c1e57098",
        }),
        ("GET", "/v1/models") => json!({
            "models": [{ "name": MODEL, "model": MODEL }],
            "object": "list",
            "data": [{
                "id": MODEL, "object": "model", "created": 1, "owned_by": "llamacpp",
                "meta": {
                    "n_vocab": 4096, "n_ctx": 8192, "n_ctx_train": 131_072, "n_embd": 256,
                    "n_params": 5_245_184, "size": 10_494_976, "ftype": "F16",
                },
            }],
        }),
        ("GET", "/slots") => json!([{ "id": 0, "n_ctx": 8192, "is_processing": false }]),
        ("POST", "/slots/0") => json!({ "id_slot": 0, "n_erased": 24 }),
        ("POST", "/tokenize") => {
            let more = u64::from(said("add_special") == Value::Bool(true));
            json!({ "tokens": tokens(count(&said("content")) + more) })
        }
        ("POST", "/apply-template") => {
            let prompt: Vec<String> = said("messages")
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|message| message.get("content")?.as_str().map(str::to_owned))
                .collect();
            json!({ "prompt": prompt.join("\n") })
        }
        ("GET", "/metrics") => {
            return Some(Whole::new(
                200,
                "text/plain; version=0.0.4",
                "# TYPE llamacpp:prompt_tokens_total counter\n\
                 llamacpp:prompt_tokens_total 16\n\
                 # TYPE llamacpp:tokens_predicted_total counter\n\
                 llamacpp:tokens_predicted_total 16\n",
            ));
        }
        _ => return None,
    };
    Some(Whole::json(200, &body))
}
