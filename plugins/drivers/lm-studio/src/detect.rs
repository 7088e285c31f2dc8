//! Whether it is LM Studio, and what it offers.

use tachograph_sdk::{
    Failure, Http,
    model::BackendInfo,
    openai::{self, Dialect, not_this_backend},
    serde_json::{Value, json},
};

use crate::models::{self, Listed};

/// Asks for the greeting by which LM Studio's own programs find it, then for
/// the models. Nothing else tells: it answers 200 to every path.
pub(crate) fn detect(http: &dyn Http) -> Result<BackendInfo, Failure> {
    let (greeting, _) = openai::get_json(http, "/lmstudio-greeting").map_err(not_this_backend)?;
    if greeting.get("lmstudio") != Some(&Value::Bool(true)) {
        return Err(Failure::new("not-this-backend", "/lmstudio-greeting is not LM Studio's"));
    }
    let (api, mut listed) = list(http)?;
    // Without a name the first is taken: a loaded one.
    listed.sort_by_key(|listed| !listed.loaded);
    let loaded = listed.iter().filter(|listed| listed.loaded);
    Ok(BackendInfo {
        name: "LM Studio".into(),
        // No route states it.
        version: None,
        slots: loaded.clone().find_map(|listed| listed.slots),
        // Models that were not trained for tools get a prompt of LM Studio's.
        tools: true,
        exact_length: false,
        reports_cached_tokens: false,
        reports_timings: false,
        extra: json!({
            "dialect": Dialect::Generic.word(),
            "api": api,
            "loaded": loaded.map(|listed| &listed.facts).collect::<Vec<_>>(),
        }),
        models: listed.into_iter().map(|listed| listed.info).collect(),
    })
}

/// The models by version 1 of the REST API, else by version 0.
fn list(http: &dyn Http) -> Result<(&'static str, Vec<Listed>), Failure> {
    // Before 0.4 a path that is not served is answered with an error object.
    let answer = match openai::get_json(http, "/api/v1/models") {
        Err(failure) if failure.code == "not-found" => Value::Null,
        answer => answer?.0,
    };
    if let Some(entries) = answer.get("models").and_then(Value::as_array) {
        return Ok(("v1", entries.iter().flat_map(models::by_v1).collect()));
    }
    let (answer, _) = openai::get_json(http, "/api/v0/models")?;
    match answer.get("data").and_then(Value::as_array) {
        Some(entries) => Ok(("v0", entries.iter().filter_map(models::by_v0).collect())),
        None => Err(openai::protocol("/api/v0/models has no list of models")),
    }
}
