//! Whether the models are listed as the Messages API lists them.

use tachograph_sdk::{
    Failure, Http, HttpRequest,
    model::{BackendInfo, ModelInfo},
    model_named,
    openai::{accepted, is_path, not_this_backend},
    serde_json::{self, Value, json},
};

/// Asks `/v1/models`. Its entries have a `type` and a `display_name`, which
/// those of the OpenAI dialect have not; `compatible` takes these too.
pub(crate) fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
    let compatible = config.get("compatible") == Some(&Value::Bool(true));
    let ask = HttpRequest::get("/v1/models").with_query("limit=1000");
    let response = accepted(http.send(ask)?).map_err(not_this_backend)?;
    let list: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let entries = list.get("data").and_then(Value::as_array);
    let own = |entry: &Value| entry["type"] == "model" && entry["display_name"].is_string();
    let native = entries.is_some_and(|all| !all.is_empty() && all.iter().all(own));
    let Some(entries) = entries.filter(|_| native || compatible) else {
        let message = "/v1/models does not list models as the Messages API does; a server that \
                       speaks it anyway is taken with `compatible`";
        return Err(Failure::new("not-this-backend", message));
    };
    Ok(BackendInfo {
        name: if native { "Anthropic API" } else { "Anthropic-compatible server" }.into(),
        version: None,
        models: entries.iter().filter_map(model).collect(),
        slots: None,
        tools: true,
        exact_length: false,
        reports_cached_tokens: true,
        reports_timings: false,
        extra: json!({ "compatible": !native }),
    })
}

fn model(entry: &Value) -> Option<ModelInfo> {
    // The API's own field, vLLM's, llama-server's.
    let context = ["/max_input_tokens", "/max_model_len", "/meta/n_ctx"];
    let max_context = context.iter().find_map(|path| entry.pointer(path)?.as_u64());
    let id = entry.get("id")?.as_str()?;
    // llama-server names its model by the path, and does not look at the name.
    let local_path = is_path(id).then(|| id.to_owned());
    let id = if local_path.is_some() { id.rsplit(['/', '\\']).next()? } else { id };
    Some(ModelInfo { max_context, local_path, ..model_named(id) })
}
