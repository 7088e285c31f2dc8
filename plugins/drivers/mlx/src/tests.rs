//! Recorded exchanges of mlx_lm.server 0.32.2.

use tachograph_sdk::{
    Channel, Driver, Failure,
    model::{CacheIntent, PluginManifest},
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::Mlx;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<Mlx>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<Mlx>(&manifest);
}

#[test]
fn the_loaded_model_goes_by_its_default() {
    let found = Mlx::detect(&tape!("tapes/detect"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version), ("mlx-lm", None));
    assert!(!found.exact_length && found.reports_cached_tokens && !found.reports_timings);
    assert_eq!(found.extra, json!({ "dialect": "mlx" }));
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("default_model", None));
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny-hf"));
    let told = Mlx::detect(&tape!("tapes/detect"), &json!({ "eos_ids": [1, 3] })).unwrap();
    assert!(told.exact_length);
}

#[test]
fn the_version_is_the_first_part_of_a_fingerprint() {
    let tape = tape!("tapes/detect", "tapes/version");
    let found = Mlx::detect(&tape, &json!({})).unwrap();
    assert_eq!(found.version.as_deref(), Some("0.32.2"));
    let asked = &tape.sent()[2];
    assert_eq!(asked, &json!({ "model": "default_model", "prompt": ".", "max_tokens": 1 }));
    for answer in [
        "200\n\n{\"system_fingerprint\": \"fp_ollama\"}",
        "200\n\n{\"system_fingerprint\": \"local-1\"}",
        "200\n\n{}",
        "404\n\n{\"error\": \"no model\"}",
    ] {
        let tape = tape!("tapes/detect").and(&format!("=== POST /v1/completions\n{answer}\n"));
        assert_eq!(Mlx::detect(&tape, &json!({})).unwrap().version, None, "{answer}");
    }
}

#[test]
fn models_of_the_hub_come_after_the_loaded_one() {
    let tape = Tape::parse(
        "=== GET /v1/models\n200\nserver: BaseHTTP/0.6 Python/3.11.7\n\n\
         {\"data\":[{\"id\":\"org/a\"},{\"id\":\"/models/b\"}]}\n\
         === GET /health\n200\n\n{\"status\": \"ok\"}\n",
    );
    let found = Mlx::detect(&tape, &json!({})).unwrap();
    let ids: Vec<&str> = found.models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["default_model", "org/a"]);
}

#[test]
fn comments_are_no_tokens_and_the_fingerprint_is_kept() {
    let tape = tape!("tapes/chat-cached");
    let (ended, turn) = run(&tape, &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "tadzredtocu");
    assert_eq!((turn.deltas.len(), turn.tokens()), (4, None));
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(39), Some(38)));
    let meta = turn.meta.unwrap();
    assert!(meta["system_fingerprint"].as_str().unwrap().starts_with("0.32.2-0.32.4-"));
    // The length was asked for, and nothing made the server give it.
    assert_eq!(meta["exact_length"], Value::Bool(false));
    assert_eq!(tape.sent()[0].get("logit_bias"), None);
}

#[test]
fn end_tokens_are_forbidden_where_their_ids_are_known() {
    let tape = tape!("tapes/chat-logit-bias");
    let mut request = request("What is the result?", 12);
    request.model = "/models/tiny-hf".into();
    request.cache = CacheIntent::Reuse;
    let mut turn = Recorder::default();
    Mlx::generate(&tape, &request, &mut turn, &json!({ "eos_ids": [1, 3] })).unwrap();
    let sent = &tape.sent()[0];
    assert_eq!(sent["logit_bias"], json!({ "1": -1000, "3": -1000 }));
    assert_eq!(sent["model"], "default_model");
    assert_eq!(turn.usage.unwrap().output_tokens, Some(12));
    assert_eq!(turn.finish.as_deref(), Some("length"));
    assert_eq!(turn.meta.unwrap().get("exact_length"), None);
}

#[test]
fn pieces_change_nothing_and_cuts_are_breaks() {
    let (_, whole) = run(&tape!("tapes/chat"), &json!({}));
    assert_eq!(whole.deltas.len(), 16);
    for piece in [1, 7, 333] {
        let (ended, split) = run(&tape!("tapes/chat").in_pieces_of(piece), &json!({}));
        ended.unwrap();
        assert_eq!((split.deltas, split.usage), (whole.deltas.clone(), whole.usage));
    }
    let (ended, turn) = run(&tape!("tapes/chat").cut_after(900), &json!({}));
    assert_eq!((ended.unwrap_err().code.as_str(), turn.finish), ("connection-reset", None));
}

#[test]
fn what_the_server_has_not_is_unsupported() {
    let none = tape!("tapes/not-found");
    assert_eq!(Mlx::count_tokens(&none, "m", "text", &json!({})).unwrap_err().code, "unsupported");
    assert_eq!(Mlx::server_metrics(&none, &json!({})).unwrap_err().code, "unsupported");
    assert_eq!(Mlx::clear_cache(&none, &json!({})).unwrap_err().code, "unsupported");
}

#[test]
fn look_alikes_are_not_this_backend() {
    let others = [
        ("vllm", tape!("../vllm/tapes/detect")),
        ("sglang", tape!("../sglang/tapes/synthetic-detect")),
        ("exllamav2", tape!("../exllamav2/tapes/synthetic-detect")),
        ("llama-server", tape!("../llama-cpp/tapes/detect")),
        ("transformers", tape!("../openai-compatible/tapes/transformers-detect")),
        ("engine", tape!("../openai-compatible/tapes/synthetic-tachograph-detect")),
        ("together", tape!("../openai-compatible/tapes/synthetic-together-detect")),
    ];
    for (name, tape) in others {
        let failure = Mlx::detect(&tape, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{name}");
    }
    let locked = Tape::parse("=== GET /v1/models\n401\n\n{\"error\":\"no key\"}\n");
    assert_eq!(Mlx::detect(&locked, &json!({})).unwrap_err().code, "unauthorized");
}
