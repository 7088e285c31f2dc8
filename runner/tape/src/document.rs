//! Parses the JSON document of a record within a budget.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::budget::Budget;

/// Parses a document as [`Value`]'s own reader does, and stops where the budget ends.
pub(crate) fn parse(bytes: &[u8], budget: &mut Budget) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Within(budget).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

struct Within<'a>(&'a mut Budget);

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON document")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.0.string(value.len()).map_err(E::custom)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut reader: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = reader.next_element_seed(Within(self.0))? {
            self.0.element(values.is_empty()).map_err(A::Error::custom)?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut reader: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = reader.next_key::<String>()? {
            self.0.entry(entries.is_empty(), key.len()).map_err(A::Error::custom)?;
            let value = reader.next_value_seed(Within(self.0))?;
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::budget::MEMORY_BASE;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300_f64..1e300).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(".{0,4}", inner, 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads_and_pays_what_the_writer_pays(value in json()) {
            let (mut read, mut written) = (Budget::new(), Budget::new());
            let text = value.to_string();
            let plain: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(parse(text.as_bytes(), &mut read).unwrap(), plain);
            written.document(&value).unwrap();
            prop_assert_eq!(read.left(), written.left());
        }
    }

    #[test]
    fn it_refuses_what_serde_json_refuses() {
        for text in ["", "{", "[1,]", "1 2", "\"\\ud800\"", "{\"a\" 1}", &"[".repeat(200)] {
            let plain = serde_json::from_str::<Value>(text).unwrap_err();
            let error = parse(text.as_bytes(), &mut Budget::new()).unwrap_err();
            assert_eq!(error.to_string(), plain.to_string());
        }
    }

    #[test]
    fn a_document_that_takes_too_much_is_not_built() {
        let many = MEMORY_BASE as usize / 928 + 1;
        let fits = format!("[{}0]", "{\"\":0},".repeat(many - many / 8));
        parse(fits.as_bytes(), &mut Budget::new()).unwrap();
        let over = format!("[{}0]", "{\"\":0},".repeat(many));
        let error = parse(over.as_bytes(), &mut Budget::new()).unwrap_err();
        assert!(error.to_string().contains("more memory than a tape"), "{error}");
    }
}
