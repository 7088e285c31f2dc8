//! What hosted services say of an answer in its headers.

use serde_json::{Map, Value};

use super::stream::word;
use crate::HttpResponse;

/// Headers that are kept as they are. `x-request-id` and the like are not
/// among them: they name one request of one account.
const KEPT: &[&str] = &["openai-processing-ms", "openai-version", "x-groq-region"];

/// The most rate limits that are kept.
const RATE_LIMITS: usize = 12;

/// The headers worth keeping with a sample: versions, regions, the service's
/// own processing time, and how much of the rate limits is left.
pub(super) fn notes_of_headers(response: &HttpResponse) -> Map<String, Value> {
    let mut notes = Map::new();
    let mut limits = Map::new();
    for (name, value) in &response.headers {
        let name = name.to_ascii_lowercase();
        if KEPT.contains(&name.as_str()) {
            notes.insert(name, word(value).into());
        } else if name == "cf-ray" {
            // The part before the hyphen names the request.
            if let Some((_, region)) = value.rsplit_once('-') {
                notes.insert("cf-ray-region".into(), word(region).into());
            }
        } else if let Some(limit) = name.strip_prefix("x-ratelimit-")
            && limits.len() < RATE_LIMITS
        {
            limits.insert(word(limit), word(value).into());
        }
    }
    if !limits.is_empty() {
        notes.insert("rate-limits".into(), Value::Object(limits));
    }
    notes
}
