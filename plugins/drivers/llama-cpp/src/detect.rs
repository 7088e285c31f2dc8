//! What the server says of itself and its model.

use tachograph_sdk::{
    Failure, Http, gguf,
    model::{BackendInfo, ModelInfo},
    openai,
    serde_json::{Value, json},
};

/// Asks `/props` and `/v1/models`.
pub(crate) fn detect(http: &dyn Http) -> Result<BackendInfo, Failure> {
    let (props, _) = openai::get_json(http, "/props").map_err(not_this_backend)?;
    // TabbyAPI has a `/props` too, without a build; the engine that comes with
    // Tachograph names itself there.
    let build = props.get("build_info").and_then(Value::as_str);
    let Some(build) = build.filter(|build| !build.starts_with("tachograph-engine")) else {
        return Err(Failure::new("not-this-backend", "/props has no build of llama.cpp"));
    };
    let (list, _) = openai::get_json(http, "/v1/models")?;
    let entries = list.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    let slots = props.get("total_slots").and_then(Value::as_u64);
    Ok(BackendInfo {
        name: "llama.cpp".into(),
        version: Some(build.to_owned()),
        models: entries.iter().filter_map(|entry| model_of(entry, &props)).collect(),
        slots: slots.and_then(|slots| u32::try_from(slots).ok()),
        // Older builds do not say it and take tools with every template.
        tools: props
            .pointer("/chat_template_caps/supports_tools")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        exact_length: true,
        reports_cached_tokens: true,
        reports_timings: true,
        extra: json!({ "dialect": "llama-cpp", "build_info": build }),
    })
}

fn not_this_backend(failure: Failure) -> Failure {
    match failure.code.as_str() {
        "loading" | "unauthorized" | "rate-limited" => failure,
        _ if failure.http_status.is_none() && failure.code != "protocol" => failure,
        _ => {
            let mut renamed = Failure::new("not-this-backend", failure.message);
            renamed.http_status = failure.http_status;
            renamed
        }
    }
}

fn model_of(entry: &Value, props: &Value) -> Option<ModelInfo> {
    let id = entry.get("id")?.as_str()?;
    let meta = |key: &str| entry.get("meta").and_then(|meta| meta.get(key));
    let number = |key: &str| meta(key).and_then(Value::as_u64);
    let path = props.get("model_path").and_then(Value::as_str);
    // Without an alias the id is the path; its last part is as good, because
    // the server does not look at the name in a request.
    let id = if Some(id) == path { file_name(id) } else { id };
    let quantization = meta("ftype")
        .or(props.get("model_ftype"))
        .and_then(gguf::file_type)
        .or_else(|| path.and_then(gguf::file_type_of_path));
    Some(ModelInfo {
        id: id.to_owned(),
        parameters: number("n_params"),
        size_bytes: number("size"),
        quantization,
        // The context of one slot, which bounds a request.
        max_context: props
            .pointer("/default_generation_settings/n_ctx")
            .and_then(Value::as_u64)
            .or(number("n_ctx")),
        digest: None,
        digest_source: None,
        local_path: path.map(str::to_owned),
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
