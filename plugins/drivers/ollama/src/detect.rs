//! Whether it is ollama, and what it offers.

use tachograph_sdk::{
    Failure, Http, HttpRequest,
    model::BackendInfo,
    openai::{self, not_this_backend},
    serde_json::{Value, json},
};

use crate::models;

/// Asks `/`, `/api/version` and the routes of the models.
///
/// Other servers imitate `/api/tags`, and one of them the greeting too when it
/// is told to; the three routes together are ollama's alone.
pub(crate) fn detect(http: &dyn Http) -> Result<BackendInfo, Failure> {
    let response = openai::accepted(http.send(HttpRequest::get("/"))?).map_err(not_this_backend)?;
    if !response.body().trim_ascii().starts_with(b"Ollama is running") {
        return Err(Failure::new("not-this-backend", "/ does not greet as ollama does"));
    }
    let (about, _) = openai::get_json(http, "/api/version").map_err(not_this_backend)?;
    let Some(version) = about.get("version").and_then(Value::as_str) else {
        return Err(Failure::new("not-this-backend", "/api/version has no version"));
    };
    let loaded = models::list(http, "/api/ps").map_err(not_this_backend)?;
    let listed = models::list(http, "/api/tags")?;
    // How many it works on at once (OLLAMA_NUM_PARALLEL) is stated nowhere.
    Ok(BackendInfo {
        version: Some(version.to_owned()),
        tools: listed.iter().any(|model| models::can(model, "tools")),
        models: models::describe(http, listed, &loaded),
        reports_timings: true,
        extra: json!({ "loaded": loaded.iter().filter_map(models::name_of).collect::<Vec<_>>() }),
        ..BackendInfo::named("ollama")
    })
}
