//! What a list of models tells.

use tachograph_sdk::{Driver, serde_json::json};

use super::tape;
use crate::Anthropic;

#[test]
fn the_service_lists_its_models() {
    let found = Anthropic::detect(&tape!("tapes/synthetic-models"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version), ("Anthropic API", None));
    assert!(found.tools && found.reports_cached_tokens);
    assert!(!found.exact_length && !found.reports_timings);
    let models: Vec<_> =
        found.models.iter().map(|model| (model.id.as_str(), model.max_context)).collect();
    assert_eq!(models, [("claude-a-1-20260101", Some(200_000)), ("claude-b-1", None)]);
}

#[test]
fn look_alikes_are_not_this_backend() {
    let look_alikes = tape!("tapes/look-alikes");
    for _ in 0..4 {
        let failure = Anthropic::detect(&look_alikes, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{failure:?}");
    }
    assert_eq!(look_alikes.sent().len(), 4);
}

#[test]
fn a_compatible_server_is_taken_when_the_user_says_so() {
    let (servers, config) = (tape!("tapes/look-alikes"), json!({ "compatible": true }));
    let found = Anthropic::detect(&servers, &config).unwrap();
    assert_eq!(found.name, "Anthropic-compatible server");
    let llama = &found.models[0];
    assert_eq!((llama.id.as_str(), llama.max_context), ("tiny.gguf", Some(8192)));
    assert_eq!(llama.local_path.as_deref(), Some("/models/tiny.gguf"));
    Anthropic::detect(&servers, &config).unwrap();
    let vllm = &Anthropic::detect(&servers, &config).unwrap().models[0];
    assert_eq!((vllm.id.as_str(), vllm.max_context), ("tiny", Some(8192)));
}

#[test]
fn texts_are_counted_by_the_service() {
    let tape = tape!("tapes/synthetic-models");
    let count = Anthropic::count_tokens(&tape, "claude-b-1", "text", &json!({}));
    assert_eq!(count.unwrap(), 14);
    assert_eq!(tape.sent()[0]["messages"][0], json!({ "role": "user", "content": "text" }));
}
