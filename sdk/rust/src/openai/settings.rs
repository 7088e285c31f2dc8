//! What the user set, and what `detect` found out.

use serde_json::{Map, Value, json};

use super::Dialect;
use crate::config_schema;

/// How to speak to one server: the configuration of a driver of this dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which server it is: the key `dialect`, else `detected.dialect`, else
    /// [`Dialect::Generic`].
    pub dialect: Dialect,
    /// What precedes `/chat/completions`; `/v1` unless set.
    pub base_path: String,
    /// Whether the user says that an unknown server takes `ignore_eos` and
    /// `min_tokens`.
    pub exact_length: bool,
    /// Ids of the tokens that end an answer, for servers on which only
    /// `logit_bias` prevents the end.
    pub eos_ids: Vec<u64>,
    /// Whether the user says that the server takes `tools`, or does not.
    pub tools: Option<bool>,
    /// Sent as `tool_choice` when a request has tools.
    pub tool_choice: Option<String>,
    /// Whether the server can read the calls of tools, as
    /// [`state_tool_parser`](super::state_tool_parser) found out: the key
    /// `detected.tools_parsed`.
    pub tools_parsed: Option<bool>,
    /// The name of the field that limits the output; `max_tokens` unless set.
    pub max_tokens_field: String,
    /// Fields to leave out of the body, for servers that refuse them.
    pub omit: Vec<String>,
    /// Fields to add to every body; they win over the driver's own.
    pub extra_body: Map<String, Value>,
}

impl Settings {
    /// Reads a configuration that its schema accepted; wrong types count as
    /// not set.
    pub fn of(config: &Value) -> Self {
        let text = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_owned);
        let list = |key: &str| config.get(key).and_then(Value::as_array).cloned();
        let word = config
            .get("dialect")
            .or_else(|| config.get("detected")?.get("dialect"))
            .and_then(Value::as_str);
        let dialect = word.and_then(Dialect::from_word).unwrap_or_default();
        Self {
            dialect,
            base_path: text("base_path").unwrap_or_else(|| "/v1".to_owned()),
            exact_length: config.get("exact_length").and_then(Value::as_bool).unwrap_or(false),
            eos_ids: list("eos_ids").unwrap_or_default().iter().filter_map(Value::as_u64).collect(),
            tools: config.get("tools").and_then(Value::as_bool),
            tool_choice: text("tool_choice"),
            tools_parsed: config.pointer("/detected/tools_parsed").and_then(Value::as_bool),
            max_tokens_field: text("max_tokens_field").unwrap_or_else(|| "max_tokens".to_owned()),
            omit: list("omit")
                .unwrap_or_default()
                .iter()
                .filter_map(|field| field.as_str().map(str::to_owned))
                .collect(),
            extra_body: config
                .get("extra_body")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The same for a driver of one kind of server, whatever was detected.
    pub fn of_dialect(dialect: Dialect, config: &Value) -> Self {
        Self { dialect, ..Self::of(config) }
    }

    /// Whether every event carries llama.cpp's timings, because the user asks
    /// for them in `extra_body`.
    pub(super) fn counts_by_timings(&self) -> bool {
        self.extra_body.get("timings_per_token") == Some(&Value::Bool(true))
    }

    /// Whether a request can be made to give exactly as many tokens as asked.
    pub fn gives_exact_length(&self) -> bool {
        self.exact_length || self.dialect.ignores_eos() || !self.eos_ids.is_empty()
    }
}

/// The same schema for a driver of one kind of server: without the questions
/// that only an unknown server raises.
pub fn settings_schema_of_one() -> Value {
    let mut schema = settings_schema();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for key in ["dialect", "exact_length", "max_tokens_field"] {
            properties.remove(key);
        }
    }
    schema
}

/// The JSON Schema of [`Settings`], the configuration of such a driver.
pub fn settings_schema() -> Value {
    let words: Vec<&str> = Dialect::ALL.iter().map(|(_, word)| *word).collect();
    config_schema(json!({
        "dialect": {
            "enum": words,
            "description": "Which server it is; found out by itself when not set."
        },
        "base_path": {
            "type": "string", "pattern": "^(/[^/?#]+)*$",
            "description": "What precedes /chat/completions; /v1 when not set."
        },
        "exact_length": {
            "type": "boolean",
            "description": "An unknown server takes ignore_eos and min_tokens."
        },
        "eos_ids": {
            "type": "array", "items": { "type": "integer", "minimum": 0 },
            "description": "Tokens to forbid by logit_bias when an exact length is asked."
        },
        "tools": {
            "type": "boolean",
            "description": "Whether the server takes tools."
        },
        "tool_choice": {
            "enum": ["auto", "none", "required"],
            "description": "Sent as tool_choice with requests that have tools."
        },
        "max_tokens_field": {
            "enum": ["max_tokens", "max_completion_tokens"],
            "description": "The field that limits the output; max_tokens when not set."
        },
        "omit": {
            "type": "array", "items": { "type": "string" },
            "description": "Fields that the server refuses, for example temperature."
        },
        "extra_body": {
            "type": "object",
            "description": "Fields to add to every request."
        }
    }))
}
