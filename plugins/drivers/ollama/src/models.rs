//! The models that the server has, the loaded ones first.

use tachograph_sdk::{
    Failure, Http, gguf,
    model::ModelInfo,
    model_named, openai,
    serde_json::{Value, json},
};

/// How many models are asked for details; each costs a request, and the server
/// reads the head of a file for it.
const ASKED: usize = 32;

/// The models of `/api/tags`, those on the disk, or of `/api/ps`, those in
/// memory. An empty list may be null.
pub(crate) fn list(http: &dyn Http, path: &str) -> Result<Vec<Value>, Failure> {
    let (answer, _) = openai::get_json(http, path)?;
    Ok(answer.get("models").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// Whether a model can do something; older servers do not say it.
pub(crate) fn can(model: &Value, ability: &str) -> bool {
    let abilities = model.get("capabilities").and_then(Value::as_array);
    abilities.is_none_or(|abilities| abilities.iter().any(|known| known == ability))
}

/// What requests call a model.
pub(crate) fn name_of(model: &Value) -> Option<&str> {
    model.get("model").or_else(|| model.get("name"))?.as_str()
}

/// Describes the listed models that can chat, the loaded ones first, then in
/// the server's order, which begins with the newest.
pub(crate) fn describe(
    http: &dyn Http,
    mut listed: Vec<Value>,
    loaded: &[Value],
) -> Vec<ModelInfo> {
    let in_memory = |model: &Value| loaded.iter().find(|other| name_of(other) == name_of(model));
    listed.retain(|model| can(model, "completion"));
    listed.sort_by_key(|model| in_memory(model).is_none());
    let describe_one = |(place, tag): (usize, &Value)| {
        let name = name_of(tag)?;
        let asked = (place < ASKED)
            .then(|| openai::post_json(http, "/api/show", &json!({ "model": name })));
        // One model that cannot be read is no reason to refuse the others.
        let shown = asked.and_then(Result::ok).unwrap_or_default();
        Some(model(name, tag, &shown, in_memory(tag)))
    };
    listed.iter().enumerate().filter_map(describe_one).collect()
}

fn model(name: &str, tag: &Value, shown: &Value, in_memory: Option<&Value>) -> ModelInfo {
    let text = |value: Option<&Value>| {
        let text = value?.as_str()?;
        (!matches!(text, "" | "unknown")).then(|| text.to_owned())
    };
    let metadata = shown.get("model_info").unwrap_or(&Value::Null);
    let digest = text(tag.get("digest"));
    ModelInfo {
        parameters: metadata.get("general.parameter_count").and_then(Value::as_u64),
        size_bytes: tag.get("size").and_then(Value::as_u64),
        quantization: text(tag.pointer("/details/quantization_level")),
        // What is loaded bounds a request; else the model itself does.
        max_context: in_memory
            .and_then(|model| model.get("context_length"))
            .or_else(|| gguf::fact(metadata, "context_length"))
            .and_then(Value::as_u64),
        digest_source: digest.as_ref().map(|_| "ollama's manifest digest".into()),
        digest,
        ..model_named(name)
    }
}
