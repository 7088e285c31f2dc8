//! What the server says of itself, and its optional routes.

use tachograph_sdk::{Driver, serde_json::json};

use super::tape;
use crate::LlamaCpp;

#[test]
fn a_server_names_its_build_its_slots_and_its_model() {
    let found = LlamaCpp::detect(&tape!("tapes/detect"), &json!({})).unwrap();
    assert_eq!(found.name, "llama.cpp");
    assert_eq!(found.version.as_deref(), Some("b1-0c1e57098"));
    assert_eq!((found.slots, found.tools), (Some(1), false));
    assert!(found.exact_length && found.reports_cached_tokens && found.reports_timings);
    assert_eq!(found.extra["dialect"], "llama-cpp");
    let model = &found.models[0];
    assert_eq!(model.id, "tiny.gguf");
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny.gguf"));
    assert_eq!((model.parameters, model.size_bytes), (Some(5_245_184), Some(10_494_976)));
    assert_eq!((model.quantization.as_deref(), model.max_context), (Some("F16"), Some(8192)));
}

#[test]
fn a_loading_server_is_worth_waiting_for() {
    let failure = LlamaCpp::detect(&tape!("tapes/synthetic-loading"), &json!({})).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("loading", true));
}

#[test]
fn look_alikes_are_not_this_backend() {
    let look_alikes = tape!("tapes/synthetic-look-alikes");
    for _ in 0..2 {
        let failure = LlamaCpp::detect(&look_alikes, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend");
    }
    let failure = LlamaCpp::detect(&tape!("tapes/not-found"), &json!({})).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.http_status), ("not-this-backend", Some(404)));
}

#[test]
fn texts_are_counted_by_the_server() {
    let count = LlamaCpp::count_tokens(&tape!("tapes/render"), "m", "text", &json!({}));
    assert_eq!(count.unwrap(), 12);
}

#[test]
fn counters_are_read_by_name() {
    let counters = LlamaCpp::server_metrics(&tape!("tapes/metrics"), &json!({})).unwrap();
    assert_eq!(counters["prompt_tokens_total"], 306.0);
    assert_eq!(counters["prompt_tokens_cached_total"], 302.0);
    assert_eq!(counters["tokens_predicted_seconds_total"], 0.06994);
}

#[test]
fn slots_are_erased_where_the_server_permits_it() {
    let tape = tape!("tapes/synthetic-erase");
    LlamaCpp::clear_cache(&tape, &json!({})).unwrap();
    assert_eq!(tape.sent().len(), 3);
    let failure = LlamaCpp::clear_cache(&tape, &json!({})).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("unsupported", false));
}
