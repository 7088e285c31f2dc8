//! Which server answers, and what it can do.

use tachograph_sdk::{
    Failure, Http, HttpResponse,
    model::BackendInfo,
    openai::{self, Dialect, Settings},
    serde_json::{Value, json},
};

use crate::models::models_of;

/// Asks `/v1/models`, and servers that have one for their version.
pub(crate) fn detect(
    http: &dyn Http,
    settings: &Settings,
    config: &Value,
) -> Result<BackendInfo, Failure> {
    let path = format!("{}/models", settings.base_path);
    let (list, response) = openai::get_json(http, &path).map_err(not_this_backend)?;
    let Some(entries) = list.get("data").and_then(Value::as_array) else {
        return Err(Failure::new("not-this-backend", format!("{path} has no list of models")));
    };
    let dialect = match config.get("dialect") {
        Some(_) => settings.dialect,
        None => recognise(entries, &response),
    };
    let (version, slots) = version_and_slots(http, dialect);
    let known = Settings { dialect, ..settings.clone() };
    Ok(BackendInfo {
        name: name_of(dialect).into(),
        version,
        models: models_of(entries, dialect),
        slots,
        tools: known.tools.unwrap_or(dialect != Dialect::Transformers),
        exact_length: known.gives_exact_length(),
        // vLLM and SGLang do so only with a flag that nothing shows.
        reports_cached_tokens: matches!(
            dialect,
            Dialect::LlamaCpp | Dialect::Mlx | Dialect::OpenAi | Dialect::Tachograph
        ),
        reports_timings: matches!(dialect, Dialect::LlamaCpp | Dialect::Tachograph),
        extra: json!({ "dialect": dialect.word() }),
    })
}

/// What the server says of itself outside the dialect. These routes are at the
/// root, so they are missing where a proxy serves only the dialect.
fn version_and_slots(http: &dyn Http, dialect: Dialect) -> (Option<String>, Option<u32>) {
    let asked = |path: &str| openai::get_json(http, path).ok().map(|(answer, _)| answer);
    let text = |answer: &Value, key: &str| Some(answer.get(key)?.as_str()?.to_owned());
    match dialect {
        Dialect::Vllm => (asked("/version").and_then(|answer| text(&answer, "version")), None),
        Dialect::LlamaCpp | Dialect::Tachograph => {
            let Some(props) = asked("/props") else { return (None, None) };
            let slots = props.get("total_slots").and_then(Value::as_u64);
            (text(&props, "build_info"), slots.and_then(|slots| u32::try_from(slots).ok()))
        }
        _ => (None, None),
    }
}

/// Keeps failures that say something of this server, and turns the others
/// into `not-this-backend`.
fn not_this_backend(failure: Failure) -> Failure {
    match failure.code.as_str() {
        "not-found" | "protocol" | "bad-request" => {
            let mut renamed = Failure::new("not-this-backend", failure.message);
            renamed.http_status = failure.http_status;
            renamed
        }
        _ => failure,
    }
}

/// The dialect by the owner of the models, then by the headers.
fn recognise(entries: &[Value], response: &HttpResponse) -> Dialect {
    let owner = entries.first().and_then(|entry| entry.get("owned_by")?.as_str());
    match owner {
        Some("llamacpp") => return Dialect::LlamaCpp,
        Some("sglang") => return Dialect::Sglang,
        Some("tachograph") => return Dialect::Tachograph,
        Some("vllm") => return Dialect::Vllm,
        _ => {}
    }
    let server = response.header("server").unwrap_or_default();
    if response.header("openai-version").is_some() {
        Dialect::OpenAi
    } else if server.starts_with("BaseHTTP/") && owner.is_none() {
        Dialect::Mlx
    } else if entries.is_empty() && server == "uvicorn" && response.header("x-request-id").is_some()
    {
        // With a local model its list is empty.
        Dialect::Transformers
    } else {
        Dialect::Generic
    }
}

fn name_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Generic => "OpenAI-compatible server",
        Dialect::LlamaCpp => "llama.cpp",
        Dialect::Mlx => "mlx-lm",
        Dialect::OpenAi => "OpenAI API",
        Dialect::Sglang => "SGLang",
        Dialect::Tachograph => "tachograph engine",
        Dialect::Transformers => "transformers serve",
        Dialect::Vllm => "vLLM",
    }
}
