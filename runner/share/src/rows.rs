//! Rows that others made: one JSON object, or an array of them.

use serde_json::{Map, Value};
use tachograph_model::Submission;

use crate::ShareError;

/// The most bytes of a file of rows: 16 MiB.
pub const MAX_ROWS_BYTES: usize = 16 << 20;
/// The most rows of a file.
pub const MAX_ROWS: usize = 10_000;
/// The longest text of a row, in characters.
const LONGEST: usize = 200;

/// The fields of a row; a test keeps them those of [`Submission`].
const FIELDS: &[&str] = &[
    "accelerator",
    "arch",
    "avg_latency_ms",
    "avg_tokens_per_second",
    "backend",
    "completion_tokens",
    "iterations",
    "max_latency_ms",
    "min_latency_ms",
    "model",
    "model_size_bytes",
    "os_version",
    "p50_latency_ms",
    "p90_latency_ms",
    "p95_latency_ms",
    "p99_latency_ms",
    "peak_memory_bytes",
    "peak_tokens_per_second",
    "platform",
    "prompt_tokens",
    "quantization",
    "ram_total_bytes",
    "source",
    "tpot_ms",
    "ttft_ms",
];

/// A row that was read, and the names of the fields that it has beside.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The row, its quantization in lower case.
    pub row: Submission,
    /// Fields of the file that rows do not have, for example the server's own
    /// number for it.
    pub left_out: Vec<String>,
}

/// Reads a file of rows. A row that is not one is a reason in its place.
///
/// # Errors
/// [`ShareError::NoRows`] when the file is too large or is neither an object
/// nor an array of 1 to [`MAX_ROWS`]. `file` names it.
pub fn read_rows(bytes: &[u8], file: &str) -> Result<Vec<Result<Row, String>>, ShareError> {
    let no = |reason: String| ShareError::NoRows { file: file.to_owned(), reason };
    if bytes.len() > MAX_ROWS_BYTES {
        return Err(no(format!("it is larger than {MAX_ROWS_BYTES} bytes")));
    }
    let rows = match serde_json::from_slice(bytes).map_err(|error| no(error.to_string()))? {
        Value::Array(rows) => rows,
        row @ Value::Object(_) => vec![row],
        _ => return Err(no("it is neither an object nor an array of them".to_owned())),
    };
    match rows.len() {
        0 => Err(no("it has no row".to_owned())),
        1..=MAX_ROWS => Ok(rows.into_iter().map(row).collect()),
        many => Err(no(format!("it has {many} rows, and {MAX_ROWS} are read"))),
    }
}

fn row(value: Value) -> Result<Row, String> {
    let Value::Object(fields) = value else { return Err("it is no object".to_owned()) };
    let known = |name: &str| FIELDS.contains(&name);
    let (fields, beside): (Map<_, _>, Map<_, _>) =
        fields.into_iter().partition(|(name, _)| known(name));
    let left_out = beside.keys().map(|name| name.chars().take(LONGEST).collect()).collect();
    let mut row: Submission =
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    row.quantization = row.quantization.map(|text| text.to_lowercase());
    let texts = [Some(&row.model), Some(&row.backend), Some(&row.platform), Some(&row.arch)];
    let more = [row.quantization.as_ref(), row.os_version.as_ref(), row.accelerator.as_ref()];
    for text in texts.into_iter().chain(more).flatten() {
        if text.trim().is_empty() {
            return Err("a text in it is empty".to_owned());
        }
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            return Err("a text in it is too long, or has control characters".to_owned());
        }
    }
    Ok(Row { row, left_out })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(value: &Value) -> Result<Row, String> {
        read_rows(value.to_string().as_bytes(), "f.json").unwrap().remove(0)
    }

    fn least() -> Value {
        json!({ "model": "m", "backend": "b", "platform": "linux", "arch": "x86_64", "iterations": 1 })
    }

    #[test]
    fn the_fields_are_those_of_the_type() {
        let schema = tachograph_model::schema::find("submission").unwrap();
        let mut names: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, FIELDS);
    }

    #[test]
    fn what_is_missing_stays_missing() {
        let row = one(&least()).unwrap().row;
        assert_eq!((row.ttft_ms, row.prompt_tokens), (None, None));
        let mut with_null = least();
        with_null["ttft_ms"] = Value::Null;
        assert_eq!(one(&with_null).unwrap().row, row);
    }

    #[test]
    fn what_servers_add_is_left_out_and_named() {
        let mut more = least();
        more["id"] = json!(7);
        more["created_at"] = json!("2026-01-01");
        more["quantization"] = json!("Q4_K_M");
        let read = one(&more).unwrap();
        assert_eq!(read.left_out, ["created_at", "id"]);
        assert_eq!(read.row.quantization.as_deref(), Some("q4_k_m"), "S0.83");
    }

    #[test]
    fn what_is_no_row_says_why() {
        for (name, value) in [
            ("model", Value::Null),
            ("model", json!("")),
            ("model", json!("a\u{1b}[31m")),
            ("model", json!("x".repeat(201))),
            ("iterations", json!(-1)),
            ("iterations", json!(2.5)),
            ("ttft_ms", json!("12")),
            ("model_size_bytes", json!(1.5)),
            ("source", json!("hearsay")),
        ] {
            let mut bad = least();
            bad[name] = value.clone();
            assert!(one(&bad).is_err(), "{name}: {value}");
        }
        assert!(one(&json!([7])).is_err());
    }

    #[test]
    fn a_file_is_an_object_or_an_array() {
        for bad in ["", "7", "[]", "null", "{", "{}{}"] {
            assert_eq!(read_rows(bad.as_bytes(), "f").unwrap_err().code(), "no-rows", "{bad}");
        }
        let two = json!([least(), {}]).to_string();
        let rows = read_rows(two.as_bytes(), "f").unwrap();
        assert!(rows[0].is_ok() && rows[1].is_err());
        let many = Value::Array(vec![json!({}); MAX_ROWS + 1]).to_string();
        assert!(read_rows(many.as_bytes(), "f").unwrap_err().to_string().contains("10001 rows"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8.., 0..256)) {
            let _ = read_rows(&bytes, "f");
        }
    }
}
