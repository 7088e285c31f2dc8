//! What the server says of itself.

use tachograph_sdk::{Driver, serde_json::json};

use super::tape;
use crate::Ollama;

#[test]
fn a_server_names_its_version_and_its_models() {
    let tape = tape!("tapes/synthetic-detect");
    let found = Ollama::detect(&tape, &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version.as_deref()), ("ollama", Some("0.40.12")));
    assert!(found.tools && found.reports_timings);
    assert!(!found.exact_length && !found.reports_cached_tokens);
    assert_eq!((found.slots, &found.extra), (None, &json!({ "loaded": ["llama3.2:1b"] })));
    let [loaded, other] = found.models.as_slice() else { panic!("{:?}", found.models) };
    // The loaded one comes first, and its context is the one it was loaded with.
    assert_eq!((loaded.id.as_str(), loaded.max_context), ("llama3.2:1b", Some(4096)));
    assert_eq!(loaded.parameters, Some(1_235_814_432));
    assert_eq!(loaded.size_bytes, Some(1_321_098_329));
    assert_eq!(loaded.quantization.as_deref(), Some("Q8_0"));
    let digest = "baf6a787fdffd633537aa2eb51cfd54cb93ff08e28040095462bb63daf552878";
    assert_eq!(loaded.digest.as_deref(), Some(digest));
    assert_eq!(loaded.digest_source.as_deref(), Some("ollama's manifest digest"));
    assert_eq!((other.id.as_str(), other.max_context), ("qwen3:8b", Some(40_960)));
    assert_eq!(tape.sent()[4], json!({ "model": "llama3.2:1b" }));
}

#[test]
fn what_an_older_server_does_not_say_is_not_guessed() {
    let found = Ollama::detect(&tape!("tapes/synthetic-old"), &json!({})).unwrap();
    assert!(found.tools);
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.size_bytes), ("odd:latest", Some(1000)));
    assert_eq!((model.parameters, model.max_context), (None, None));
    assert_eq!((&model.quantization, &model.digest, &model.digest_source), (&None, &None, &None));
}

#[test]
fn look_alikes_are_not_this_backend() {
    let look_alikes = tape!("tapes/synthetic-look-alikes");
    for _ in 0..5 {
        let failure = Ollama::detect(&look_alikes, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{failure:?}");
    }
    // Only the last greets as ollama does.
    assert_eq!(look_alikes.sent().len(), 6);
}

#[test]
fn counters_are_those_of_the_loaded_models() {
    let counters = Ollama::server_metrics(&tape!("tapes/synthetic-detect"), &json!({})).unwrap();
    let model = &counters["loaded"][0];
    assert_eq!(
        (&model["size_vram"], &model["context_length"]),
        (&json!(1_500_000_000), &json!(4096))
    );
    let none = Ollama::server_metrics(&tape!("tapes/synthetic-old"), &json!({})).unwrap();
    assert_eq!(none, json!({ "loaded": [] }));
}
