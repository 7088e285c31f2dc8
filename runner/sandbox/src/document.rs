//! Checks the documents of plugins against their schemas.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::{PatternOptions, Validator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tachograph_model::{Name, schema};

use crate::functions::{cut, printable};
use crate::{Plugin, SandboxError};

/// The documents that come out of plugins.
static VALIDATORS: LazyLock<BTreeMap<&'static str, Validator>> = LazyLock::new(|| {
    let names = ["backend", "driver", "models", "step", "workload", "workload-report"];
    let compiled = |name: &&'static str| {
        let schema = schema::find(name)?;
        Some((*name, jsonschema::validator_for(&schema).ok()?))
    };
    names.iter().filter_map(compiled).collect()
});

/// Reads a document of a plugin: JSON, then its schema, then its type.
pub(crate) fn read<T: DeserializeOwned>(
    plugin: &str,
    document: &'static str,
    text: &str,
) -> Result<T, SandboxError> {
    let wrong = |path: &str, reason: String| SandboxError::Schema {
        plugin: plugin.to_owned(),
        document: document.to_owned(),
        path: printable(cut(path, 512)),
        reason: printable(cut(&reason, 1024)),
    };
    let value: Value =
        serde_json::from_str(text).map_err(|error| wrong("", format!("no JSON: {error}")))?;
    let Some(validator) = VALIDATORS.get(document) else {
        return Err(wrong("", "this host has no schema for it".to_owned()));
    };
    if let Err(error) = validator.validate(&value) {
        return Err(wrong(error.instance_path().as_str(), error.masked().to_string()));
    }
    serde_json::from_value(value).map_err(|error| wrong("", error.to_string()))
}

/// Reads a document that has no schema: any JSON.
pub(crate) fn json(plugin: &str, document: &str, text: &str) -> Result<Value, SandboxError> {
    serde_json::from_str(text).map_err(|error| SandboxError::Schema {
        plugin: plugin.to_owned(),
        document: document.to_owned(),
        path: String::new(),
        reason: format!("no JSON: {error}"),
    })
}

/// Checks that a description speaks of the plugin that gave it.
pub(crate) fn same_plugin(
    plugin: &Plugin,
    document: &str,
    id: &Name,
    version: &str,
) -> Result<(), SandboxError> {
    let manifest = &plugin.preflight().manifest;
    let wrong = |path: &str, reason: String| SandboxError::Schema {
        plugin: plugin.id().to_owned(),
        document: document.to_owned(),
        path: path.to_owned(),
        reason,
    };
    if *id != manifest.id {
        return Err(wrong("/id", format!("it is `{id}`; the manifest says `{}`", manifest.id)));
    }
    if version != manifest.version {
        let version = printable(cut(version, 64));
        let reason = format!("it is `{version}`; the manifest says `{}`", manifest.version);
        return Err(wrong("/version", reason));
    }
    Ok(())
}

/// Checks a value, for example parameters or a configuration, against a schema that a plugin
/// gives. `plugin` and `document` name both in the error.
///
/// # Errors
/// `schema-violation` if the value does not fit, or if the schema itself is not usable: it may
/// refer to nothing outside itself, and its patterns are matched in linear time.
pub fn check_against(
    plugin: &str,
    document: &str,
    schema: &Value,
    value: &Value,
) -> Result<(), SandboxError> {
    let wrong = |path: &str, reason: String| SandboxError::Schema {
        plugin: plugin.to_owned(),
        document: document.to_owned(),
        path: printable(cut(path, 512)),
        reason: printable(cut(&reason, 1024)),
    };
    let validator = jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| wrong("", format!("the plugin's own schema is not usable: {error}")))?;
    validator
        .validate(value)
        .map_err(|error| wrong(error.instance_path().as_str(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tachograph_model::Step;

    use super::*;

    #[test]
    fn every_document_has_a_validator() {
        let names: Vec<_> = VALIDATORS.keys().copied().collect();
        assert_eq!(names, ["backend", "driver", "models", "step", "workload", "workload-report"]);
    }

    #[test]
    fn a_violation_names_its_place() {
        let step = json!({
            "id": "s", "phase": "measure", "trial": 0, "concurrency": -1, "requests": []
        });
        let error = read::<Step>("demo", "step", &step.to_string()).unwrap_err();
        assert_eq!(error.code(), "schema-violation");
        assert!(error.to_string().contains("`/concurrency`"), "{error}");
        let error = read::<Step>("demo", "step", "{").unwrap_err();
        assert!(error.to_string().contains("no JSON"), "{error}");
    }

    #[test]
    fn parameters_are_checked_against_the_plugins_schema() {
        let schema = json!({ "type": "object", "required": ["n"] });
        assert!(check_against("demo", "params", &schema, &json!({ "n": 1 })).is_ok());
        let error = check_against("demo", "params", &schema, &json!({})).unwrap_err();
        assert_eq!(error.code(), "schema-violation");
        let outside = json!({ "$ref": "http://127.0.0.1:9/x.json" });
        assert!(check_against("demo", "params", &outside, &json!({})).is_err());
    }
}
