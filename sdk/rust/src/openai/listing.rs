//! The models that a server lists, and what they give away of it.

use serde_json::{Value, json};
use tachograph_model::{BackendInfo, Failure, ModelInfo};

use super::{Dialect, Settings, get_json, not_this_backend};
use crate::{Http, HttpResponse};

/// The answer of `/v1/models`.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The models, as the server wrote them.
    pub entries: Vec<Value>,
    /// The answer, for its headers.
    pub response: HttpResponse,
}

impl Listing {
    /// Asks `{base_path}/models`.
    ///
    /// # Errors
    /// `not-this-backend` for what is no list of models; failures that any
    /// server may have (`unauthorized`, `loading`, …) stay as they are.
    pub fn get(http: &dyn Http, settings: &Settings) -> Result<Self, Failure> {
        let path = format!("{}/models", settings.base_path);
        let (list, response) = get_json(http, &path).map_err(not_this_backend)?;
        let entries = match list {
            // Together answers with the bare list.
            Value::Array(entries) if entries.iter().all(|entry| entry.get("id").is_some()) => {
                Some(entries)
            }
            Value::Object(mut list) => match list.remove("data") {
                Some(Value::Array(entries)) => Some(entries),
                _ => None,
            },
            _ => None,
        };
        let Some(entries) = entries else {
            return Err(Failure::new("not-this-backend", format!("{path} has no list of models")));
        };
        Ok(Self { entries, response })
    }

    /// Asks for the models of a server of one dialect, which their owner has
    /// to show.
    ///
    /// # Errors
    /// As [`Listing::get`], and `not-this-backend` for another owner.
    pub fn of(http: &dyn Http, settings: &Settings) -> Result<Self, Failure> {
        let listing = Self::get(http, settings)?;
        if listing.owner() != settings.dialect.owner() {
            let owner = listing.owner().unwrap_or("nobody");
            let name = settings.dialect.name();
            let message = format!("the models are owned by `{owner}`: this is not {name}");
            return Err(Failure::new("not-this-backend", message));
        }
        Ok(listing)
    }

    /// `owned_by` of the first model.
    pub fn owner(&self) -> Option<&str> {
        self.entries.first()?.get("owned_by")?.as_str()
    }

    /// The models; entries without an id are left out.
    pub fn models(&self, dialect: Dialect) -> Vec<ModelInfo> {
        self.entries.iter().filter_map(|entry| model_of(entry, dialect)).collect()
    }

    /// What is known of the server from its dialect and its models; version
    /// and slots are left open.
    pub fn backend(&self, settings: &Settings) -> BackendInfo {
        let dialect = settings.dialect;
        BackendInfo {
            name: dialect.name().into(),
            version: None,
            models: self.models(dialect),
            slots: None,
            tools: settings.tools.unwrap_or(dialect != Dialect::Transformers),
            exact_length: settings.gives_exact_length(),
            reports_cached_tokens: dialect.states_cached_tokens(),
            reports_timings: dialect.states_timings(),
            extra: json!({ "dialect": dialect.word() }),
        }
    }
}

fn model_of(entry: &Value, dialect: Dialect) -> Option<ModelInfo> {
    let id = entry.get("id")?.as_str()?;
    let meta = entry.get("meta");
    let fact = |key: &str| meta.and_then(|meta| meta.get(key));
    let number = |key: &str| fact(key).and_then(Value::as_u64);
    let text = |key: &str| fact(key).and_then(Value::as_str).map(str::to_owned);
    // vLLM names the folder of the weights; mlx_lm names models by it.
    let root = entry.get("root").and_then(Value::as_str);
    let local_path = root.or(Some(id)).filter(|path| is_path(path)).map(str::to_owned);
    let id = match (dialect, is_path(id)) {
        // The model of `--model`; its path would be loaded a second time.
        (Dialect::Mlx, true) => "default_model",
        _ => id,
    };
    // vLLM and SGLang, OpenRouter and Together, Groq.
    let context = ["max_model_len", "context_length", "context_window"];
    let digest = text("weights_sha256");
    Some(ModelInfo {
        id: id.to_owned(),
        parameters: number("n_params"),
        size_bytes: number("size"),
        quantization: text("ftype"),
        max_context: context
            .iter()
            .find_map(|key| entry.get(key)?.as_u64())
            .or(number("n_ctx"))
            .or(number("n_ctx_train")),
        digest_source: digest
            .as_ref()
            .map(|_| "SHA-256 of the weights, as the server states it".into()),
        digest,
        local_path,
    })
}

/// Whether a model's name is an absolute path.
pub fn is_path(text: &str) -> bool {
    text.starts_with('/') || text.get(1..3) == Some(":\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tape;

    fn listing(body: &str) -> Result<Listing, Failure> {
        let tape = format!("=== GET /v1/models\n200\ncontent-type: application/json\n\n{body}\n");
        Listing::get(&Tape::parse(&tape), &Settings::of(&json!({})))
    }

    #[test]
    fn contexts_go_by_several_names() {
        let found = listing(
            r#"[{"id":"a","context_length":8192},{"id":"b","context_window":131072},{"id":"c"},{}]"#,
        );
        assert_eq!(found.unwrap_err().code, "not-this-backend");
        let found = listing(
            r#"[{"id":"a","context_length":8192},{"id":"b","context_window":131072},{"id":"c"}]"#,
        );
        let models = found.unwrap().models(Dialect::Generic);
        let contexts: Vec<_> = models.iter().map(|model| model.max_context).collect();
        assert_eq!(contexts, [Some(8192), Some(131_072), None]);
    }

    #[test]
    fn paths_of_both_kinds_are_paths() {
        assert!(is_path("/models/a") && is_path("C:\\models\\a"));
        assert!(!is_path("org/model") && !is_path("") && !is_path("é/x"));
    }
}
