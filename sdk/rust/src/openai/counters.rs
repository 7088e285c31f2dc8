//! Counters that servers give in the text form of Prometheus.

use serde_json::{Map, Value, json};
use tachograph_model::Failure;

use super::{accepted, not_offered};
use crate::{Http, HttpRequest};

/// Labels that are the same for every counter of one server.
const SAME: &[&str] = &["model_name", "engine_type"];

/// Reads `/metrics`: the counters and gauges whose name begins with `prefix`,
/// by the rest of the name.
///
/// Labels that set counters apart stay in the name, as in
/// `prompt_tokens_by_source_total{source="local_compute"}`. The name of the
/// model and a rank of 0 are dropped; further ranks stay. Of histograms the
/// sum and the count are read.
///
/// # Errors
/// `unsupported` where the server has no such route, else what it states.
pub fn counters(http: &dyn Http, prefix: &str) -> Result<Value, Failure> {
    let response = accepted(http.send(HttpRequest::get("/metrics"))?).map_err(not_offered)?;
    Ok(read(&String::from_utf8_lossy(response.body()), prefix))
}

fn read(text: &str, prefix: &str) -> Value {
    let mut found = Map::new();
    for line in text.lines() {
        let Some((name, value)) = line.strip_prefix(prefix).and_then(sample) else { continue };
        let before = found.get(&name).and_then(Value::as_f64).unwrap_or(0.0);
        found.insert(name, json!(before + value));
    }
    Value::Object(found)
}

/// `name{label="value",…} 1.0`, with an optional time stamp after it.
fn sample(line: &str) -> Option<(String, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    if ["_bucket", "_created", "_info"].iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value: f64 = rest.split_ascii_whitespace().next()?.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    if labels.is_empty() {
        return Some((name.to_owned(), value));
    }
    Some((format!("{name}{{{}}}", labels.join(",")), value))
}

/// The labels worth keeping, and what follows the closing brace.
fn labels(mut rest: &str) -> Option<(Vec<String>, &str)> {
    let mut kept = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((kept, rest));
        }
        let (name, after) = rest.split_once("=\"")?;
        let mut escaped = false;
        let end = after.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        let (value, after) = after.split_at(end);
        let first = value == "0" && (name == "engine" || name.ends_with("rank"));
        if !first && !SAME.contains(&name) {
            kept.push(format!("{name}=\"{value}\""));
        }
        rest = after.strip_prefix('"')?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_that_set_counters_apart_stay() {
        let text = "# TYPE s:a_total counter\n\
            s:a_total{model_name=\"m } \\\"\",source=\"x\"} 3\n\
            s:a_total{model_name=\"m\",source=\"y\"} 4.5 1700000000\n\
            s:a_total{tp_rank=\"0\"} 1\ns:a_total{tp_rank=\"1\"} 2\n\
            s:t_bucket{le=\"1\"} 9\ns:t_sum 2e-3\ns:u NaN\nother:a 7\ns:v{broken 1\n";
        assert_eq!(
            read(text, "s:"),
            json!({
                "a_total{source=\"x\"}": 3.0, "a_total{source=\"y\"}": 4.5,
                "a_total": 1.0, "a_total{tp_rank=\"1\"}": 2.0, "t_sum": 0.002,
            })
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(s:[a-z]{0,3}[{}=\",\\\\ 0-9é\n]{0,12}){0,6}") {
            let found = read(&text, "s:");
            for value in found.as_object().unwrap().values() {
                prop_assert!(value.as_f64().is_some());
            }
        }
    }
}
