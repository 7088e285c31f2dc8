//! A driver of the OpenAI dialect that makes one mistake: the one that its
//! configuration names as `fault`. Without one it makes none.

mod turn;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tachograph_sdk::{
    Driver, Failure, Http, Turn,
    model::{BackendInfo, DriverDescription, ModelInfo, Request},
    openai::{self, Settings},
    serde_json::{Map, Value, json},
};

/// The driver.
pub struct Wrong;

/// Whether this instance has answered before: no driver should know.
static ANSWERED: AtomicBool = AtomicBool::new(false);

impl Driver for Wrong {
    fn describe() -> DriverDescription {
        DriverDescription {
            id: tachograph_sdk::name("wrong-driver"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "a driver with mistakes".into(),
            config_schema: json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "fault": { "type": "string", "description": "The mistake to make." },
                    "detected": {}
                }
            }),
        }
    }

    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure> {
        let refuse = |failure: Failure| Failure::new(refusal(&fault(config)), failure.message);
        let models = match openai::get_json(http, "/v1/models") {
            Ok((list, _)) => models_of(&list),
            Err(failure) => Err(failure),
        };
        let models = match models {
            Err(_) if fault(config) == "accepts-all" => Vec::new(),
            other => other.map_err(refuse)?,
        };
        Ok(BackendInfo {
            name: "some server".into(),
            version: None,
            models,
            slots: None,
            tools: true,
            exact_length: false,
            reports_cached_tokens: true,
            reports_timings: false,
            extra: json!({}),
        })
    }

    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure> {
        let fault = fault(config);
        let again = ANSWERED.swap(true, Relaxed);
        let mut request = request.clone();
        if fault == "other-prompt" {
            for message in &mut request.messages {
                message.content = "Hello!".into();
            }
        }
        let mut turn = turn::Faulty::new(turn, &fault, again);
        let settings = Settings::of(&json!({}));
        let ended = openai::chat(http, &request, &mut turn, &settings, Map::new());
        let ended = ended.and_then(|()| turn.end());
        match (fault.as_str(), ended) {
            ("hides-failures", _) => Ok(()),
            ("own-codes", Err(failure)) => Err(Failure { code: "oops".into(), ..failure }),
            ("forgets-the-wait", Err(failure)) => Err(Failure { retry_after_ms: None, ..failure }),
            (_, ended) => ended,
        }
    }
}

fn fault(config: &Value) -> String {
    config.get("fault").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn refusal(fault: &str) -> &'static str {
    if fault == "refuses-badly" { "protocol" } else { "not-this-backend" }
}

fn models_of(list: &Value) -> Result<Vec<ModelInfo>, Failure> {
    let entries = list.get("data").and_then(Value::as_array);
    // The Anthropic dialect's list pages, and its models have a type.
    let foreign = list.get("has_more").is_some();
    let Some(entries) = entries.filter(|_| !foreign) else {
        return Err(Failure::new("not-this-backend", "there is no list of models"));
    };
    let model = |entry: &Value| {
        Some(ModelInfo {
            id: entry.get("id")?.as_str()?.to_owned(),
            parameters: None,
            size_bytes: None,
            quantization: None,
            max_context: None,
            digest: None,
            digest_source: None,
            local_path: None,
        })
    };
    Ok(entries.iter().filter_map(model).collect())
}

tachograph_sdk::export_driver!(Wrong, "plugin.toml");
