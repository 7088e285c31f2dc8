//! Which server answers, and what it can do.

use tachograph_sdk::{
    Failure, Http,
    model::BackendInfo,
    openai::{self, Dialect, Listing, Settings},
    serde_json::Value,
};

/// Asks `/v1/models`, servers that have one for their version, and vLLM whether
/// it reads calls of tools, which takes a token.
pub(crate) fn detect(
    http: &dyn Http,
    settings: &Settings,
    config: &Value,
) -> Result<BackendInfo, Failure> {
    let listing = Listing::get(http, settings)?;
    let dialect = match config.get("dialect") {
        Some(_) => settings.dialect,
        None => recognise(&listing),
    };
    let (version, slots) = version_and_slots(http, dialect);
    let known = Settings { dialect, ..settings.clone() };
    let mut found = BackendInfo { version, slots, ..listing.backend(&known) };
    openai::state_tool_parser(http, &known, &mut found);
    Ok(found)
}

/// What the server says of itself outside the dialect. These routes are at the
/// root, so they are missing where a proxy serves only the dialect.
fn version_and_slots(http: &dyn Http, dialect: Dialect) -> (Option<String>, Option<u32>) {
    match dialect {
        Dialect::Vllm => (openai::text_at(http, "/version", "version"), None),
        Dialect::LlamaCpp | Dialect::Tachograph => {
            let Ok((props, _)) = openai::get_json(http, "/props") else { return (None, None) };
            let build = props.get("build_info").and_then(Value::as_str).map(str::to_owned);
            let slots = props.get("total_slots").and_then(Value::as_u64);
            (build, slots.and_then(|slots| u32::try_from(slots).ok()))
        }
        _ => (None, None),
    }
}

/// The dialect by the owner of the models, then by the headers.
fn recognise(listing: &Listing) -> Dialect {
    let owner = listing.owner();
    let by_owner = Dialect::ALL.iter().find(|(dialect, _)| dialect.owner() == owner);
    if let (Some((dialect, _)), Some(_)) = (by_owner, owner) {
        return *dialect;
    }
    let server = listing.response.header("server").unwrap_or_default();
    if listing.response.header("openai-version").is_some() {
        Dialect::OpenAi
    } else if server.starts_with("BaseHTTP/") && owner.is_none() {
        Dialect::Mlx
    } else if listing.entries.is_empty()
        && server == "uvicorn"
        && listing.response.header("x-request-id").is_some()
    {
        // With a local model its list is empty.
        Dialect::Transformers
    } else {
        Dialect::Generic
    }
}
