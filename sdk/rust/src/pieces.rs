//! Small pieces that drivers of every protocol need.

use serde_json::{Map, Value, json};
use tachograph_model::{Failure, ModelInfo, ToolCall};

/// A model of which only the name is known.
pub fn model_named(id: &str) -> ModelInfo {
    ModelInfo {
        id: id.to_owned(),
        parameters: None,
        size_bytes: None,
        quantization: None,
        max_context: None,
        digest: None,
        digest_source: None,
        local_path: None,
    }
}

/// The arguments of a call as an object, for protocols that do not send them
/// as text.
///
/// # Errors
/// `bad-request` when they are no JSON object.
pub fn arguments_of(call: &ToolCall) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(&call.function.arguments).map_err(|_| {
        let name = &call.function.name;
        Failure::new("bad-request", format!("the arguments of a call of {name} are no JSON object"))
    })
}

/// Sets those fields of an object that have a value; the others stay as they
/// are.
pub fn set_known<'v>(
    object: &mut Value,
    fields: impl IntoIterator<Item = (&'v str, Option<&'v Value>)>,
) {
    let Value::Object(object) = object else { return };
    let known = fields.into_iter().filter_map(|(field, value)| Some((field, value?)));
    object.extend(known.map(|(field, value)| (field.to_owned(), value.clone())));
}

/// The JSON Schema of a driver's configuration: an object of these properties,
/// which are all optional, and of nothing else but `detected`, which the host
/// fills with what `detect` found.
pub fn config_schema(properties: Value) -> Value {
    let mut known = json!({
        "detected": { "description": "Filled by the host with what detect found." }
    });
    if let (Value::Object(known), Value::Object(properties)) = (&mut known, properties) {
        known.extend(properties);
    }
    json!({ "type": "object", "additionalProperties": false, "properties": known })
}

/// A server's own word, at most 60 characters of it.
pub fn word(stated: &str) -> String {
    stated.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tachograph_model::FunctionCall;

    use super::*;

    #[test]
    fn arguments_are_an_object_or_refused() {
        let call = |arguments: &str| ToolCall {
            id: "c1".into(),
            function: FunctionCall { name: "read".into(), arguments: arguments.into() },
        };
        assert_eq!(arguments_of(&call(r#"{"a":1}"#)).unwrap()["a"], json!(1));
        for wrong in ["", "[1]", "{"] {
            assert_eq!(arguments_of(&call(wrong)).unwrap_err().code, "bad-request", "{wrong}");
        }
    }

    #[test]
    fn fields_without_a_value_are_left_as_they_are() {
        let (mut object, value) = (json!({ "a": 1, "b": 2 }), json!(3));
        set_known(&mut object, [("a", None), ("b", Some(&value)), ("c", Some(&value))]);
        assert_eq!(object, json!({ "a": 1, "b": 3, "c": 3 }));
        set_known(&mut object["a"], [("b", Some(&value))]);
        assert_eq!(object["a"], 1);
    }

    #[test]
    fn a_configuration_has_what_it_names_and_what_was_detected() {
        let schema = config_schema(json!({ "think": { "type": "boolean" } }));
        assert_eq!(schema["additionalProperties"], false);
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!((properties.len(), &properties["think"]["type"]), (2, &json!("boolean")));
        assert!(properties.contains_key("detected"));
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(word(&"é".repeat(61)), "é".repeat(60));
        assert_eq!(word("stop"), "stop");
    }
}
