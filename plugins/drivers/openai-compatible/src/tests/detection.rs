//! Which server it is.

use tachograph_sdk::{
    Driver,
    model::BackendInfo,
    openai::Dialect,
    serde_json::{Value, json},
    testing::Tape,
};

use super::tape;
use crate::OpenAiCompatible;

fn detect(tape: &Tape) -> BackendInfo {
    OpenAiCompatible::detect(tape, &json!({})).unwrap()
}

#[test]
fn vllm() {
    let found = detect(&tape!("tapes/vllm-detect"));
    assert_eq!((found.name.as_str(), found.version.as_deref()), ("vLLM", Some("0.32.0")));
    assert_eq!(found.extra, json!({ "dialect": "vllm" }));
    assert!(found.exact_length && !found.reports_timings && !found.reports_cached_tokens);
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("tiny", Some(8192)));
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny-hf"));
    assert_eq!(model.quantization, None);
}

#[test]
fn vllm_alone_is_asked_whether_it_reads_calls_of_tools() {
    let refusal = include_str!("../../../vllm/tapes/tools-refused.tape");
    let found = detect(&tape!("tapes/vllm-detect").and(refusal));
    assert_eq!(found.extra, json!({ "dialect": "vllm", "tools_parsed": false }));
    for tape in [
        tape!("tapes/mlx-detect"),
        tape!("tapes/llama-server-detect"),
        tape!("tapes/transformers-detect"),
    ] {
        let tape = tape.and(refusal);
        assert_eq!(detect(&tape).extra.get("tools_parsed"), None);
        assert!(tape.sent().iter().all(|body| body.get("tools").is_none()));
    }
}

#[test]
fn mlx_names_the_loaded_model_by_its_default() {
    let found = detect(&tape!("tapes/mlx-detect"));
    assert_eq!((found.name.as_str(), found.version), ("mlx-lm", None));
    assert!(!found.exact_length && found.reports_cached_tokens);
    let model = &found.models[0];
    assert_eq!(model.id, "default_model");
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny-hf"));
    assert_eq!(model.max_context, None);
    // With the ids of its end tokens the length can be forced.
    let config = json!({ "eos_ids": [1] });
    let told = OpenAiCompatible::detect(&tape!("tapes/mlx-detect"), &config).unwrap();
    assert!(told.exact_length);
}

#[test]
fn transformers_lists_nothing() {
    let found = detect(&tape!("tapes/transformers-detect"));
    assert_eq!(found.name, "transformers serve");
    assert!(found.models.is_empty() && !found.tools && !found.exact_length);
}

#[test]
fn llama_server_is_known_here_too() {
    let found = detect(&tape!("tapes/llama-server-detect"));
    assert_eq!(found.name, "llama.cpp");
    let model = &found.models[0];
    assert_eq!((model.parameters, model.size_bytes), (Some(5_245_184), Some(10_494_976)));
    assert_eq!((model.quantization.as_deref(), model.max_context), (Some("F16"), Some(8192)));
}

#[test]
fn the_engine_gives_the_digest_of_its_weights() {
    let found = detect(&tape!("tapes/synthetic-tachograph-detect"));
    assert_eq!(found.version.as_deref(), Some("tachograph-engine 0.1.0"));
    assert_eq!(found.slots, Some(4));
    let model = &found.models[0];
    assert_eq!(model.digest.as_deref(), Some("abc123"));
    assert_eq!(
        model.digest_source.as_deref(),
        Some("SHA-256 of the weights, as the server states it")
    );
}

#[test]
fn a_dialect_that_the_user_sets_is_not_doubted() {
    let config = json!({ "dialect": "generic", "tools": false });
    let found = OpenAiCompatible::detect(&tape!("tapes/vllm-detect"), &config).unwrap();
    assert_eq!(found.extra, json!({ "dialect": "generic" }));
    assert!(!found.tools && !found.exact_length);
}

#[test]
fn something_else_is_not_this_backend() {
    for answer in ["200\ncontent-type: text/html\n\n<html>", "404\n\nno", "200\n\n{\"data\":1}"] {
        let tape = Tape::parse(&format!("=== GET /v1/models\n{answer}\n"));
        let failure = OpenAiCompatible::detect(&tape, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{answer}");
    }
    let locked = Tape::parse("=== GET /v1/models\n401\n\n{\"error\":\"no key\"}\n");
    let failure = OpenAiCompatible::detect(&locked, &json!({})).unwrap_err();
    assert_eq!(failure.code, "unauthorized");
}

#[test]
fn every_dialect_has_one_word() {
    for (dialect, word) in Dialect::ALL {
        assert_eq!(Dialect::from_word(word), Some(*dialect));
        assert_eq!(dialect.word(), *word);
    }
    let schema = OpenAiCompatible::describe().config_schema;
    let words: Vec<Value> = Dialect::ALL.iter().map(|(_, word)| json!(word)).collect();
    assert_eq!(schema["properties"]["dialect"]["enum"], Value::Array(words));
}
