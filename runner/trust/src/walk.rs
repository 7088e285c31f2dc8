//! A walk over a parsed manifest beside its JSON Schema, to find unknown keys
//! with their place and the nearest known key.

use std::ops::Range;

use serde_json::Value;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Something wrong at a place.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) span: Range<usize>,
    pub(crate) key: Option<String>,
    pub(crate) nearest: Option<String>,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, key: None, nearest: None, message: message.into() }
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// Looks for unknown keys, missing keys and values that JSON cannot hold.
pub(crate) fn check(table: &DeTable<'_>, span: Range<usize>, schema: &Value) -> Result<(), Fault> {
    Walk { root: schema }.table(table, span, schema, "")
}

struct Walk<'a> {
    root: &'a Value,
}

impl<'a> Walk<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|text| self.root.pointer(text.strip_prefix('#')?));
        target.unwrap_or(schema)
    }

    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        schema: Option<&'a Value>,
        path: &str,
    ) -> Result<(), Fault> {
        let schema = schema.map(|schema| self.resolve(schema)).unwrap_or(&Value::Null);
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, value.span(), schema, path),
            DeValue::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| {
                self.value(item, schema.get("items"), &format!("{path}[{at}]"))
            }),
            DeValue::Datetime(date) => {
                let message = format!("a date is written as a text here: \"{date}\"");
                Err(Fault::new(value.span(), message).key(path))
            }
            DeValue::Float(number) if !number.as_str().parse().is_ok_and(f64::is_finite) => {
                Err(Fault::new(value.span(), "a number has to be finite").key(path))
            }
            _ => Ok(()),
        }
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        span: Range<usize>,
        schema: &'a Value,
        path: &str,
    ) -> Result<(), Fault> {
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let name = key.get_ref().as_ref();
            let here = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let below = match known.and_then(|known| known.get(name)) {
                Some(below) => Some(below),
                None if others == Some(&Value::Bool(false)) => {
                    let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
                    return Err(Fault {
                        span: key.span(),
                        key: Some(here),
                        nearest: nearest(name, names),
                        message: format!("unknown key \"{name}\""),
                    });
                }
                None => others,
            };
            self.value(value, below, &here)?;
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let whole = if path.is_empty() { "the manifest" } else { path };
                let message = format!("key \"{name}\" is missing in {whole}");
                return Err(Fault::new(span.start..span.start, message).key(name));
            }
        }
        Ok(())
    }
}

/// The known name that a wrong one most likely stands for.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let limit = (name.chars().count() / 3).max(1) + 1;
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= limit && distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}
