//! Exchanges written by hand after the source of TabbyAPI.

use tachograph_sdk::{
    Channel, Driver, Failure,
    model::{CacheIntent, PluginManifest},
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::ExLlamaV2;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<ExLlamaV2>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<ExLlamaV2>(&manifest);
}

/// What a server answers that has no such route, and what one of the Kobold
/// family answers there.
const NOT_TABBY: [&str; 2] = [
    "=== GET /.well-known/serviceinfo\n404\ncontent-type: application/json\n\n{\"detail\":\"Not Found\"}\n",
    "=== GET /.well-known/serviceinfo\n200\ncontent-type: application/json\n\n\
     {\"version\":\"0.2\",\"software\":{\"name\":\"KoboldCpp\",\"version\":\"1.90\"}}\n",
];

#[test]
fn a_server_names_its_loaded_model() {
    let found = ExLlamaV2::detect(&tape!("tapes/synthetic-detect"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version), ("TabbyAPI", None));
    assert_eq!((found.slots, found.exact_length, found.tools), (Some(4), true, true));
    assert!(found.reports_timings && !found.reports_cached_tokens);
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("a-model-4.0bpw", Some(16384)));
    assert_eq!(
        found.extra,
        json!({
            "dialect": "tabbyapi", "cache_mode": "Q8", "cache_size": 32768, "chunk_size": 2048,
            "max_batch_size": 4,
        })
    );
}

#[test]
fn a_server_without_a_model_or_a_key_says_so() {
    let about = include_str!("../tapes/synthetic-detect.tape").split("=== GET /v1/model\n").next();
    let after = |answer: &str| {
        let tape = Tape::parse(about.unwrap()).and(&format!("=== GET /v1/model\n{answer}\n"));
        ExLlamaV2::detect(&tape, &json!({}))
    };
    assert!(
        after("400\n\n{\"detail\":\"No models are currently loaded.\"}").unwrap().models.is_empty()
    );
    assert_eq!(after("401\n\n{\"detail\":\"no\"}").unwrap_err().code, "unauthorized");
}

#[test]
fn other_services_are_not_this_backend() {
    for answer in NOT_TABBY {
        let failure = ExLlamaV2::detect(&Tape::parse(answer), &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{answer}");
    }
}

#[test]
fn times_come_with_their_resolution() {
    let tape = tape!("tapes/synthetic-chat");
    let (ended, turn) = run(&tape, &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "one two three");
    assert_eq!((turn.deltas.len(), turn.tokens()), (2, None));
    let timing = turn.timing.unwrap();
    // How much of the prompt was cached is not stated.
    assert_eq!((timing.prompt_ns, timing.prompt_tokens), (Some(250_000_000), None));
    assert_eq!((timing.decode_ns, timing.decode_gaps), (Some(400_000_000), Some(16)));
    assert_eq!(turn.usage.unwrap().output_tokens, Some(16));
    assert_eq!(
        turn.meta.unwrap(),
        json!({ "timing_resolution_ms": 10, "eos_reason": "max_new_tokens" })
    );
    let sent = &tape.sent()[0];
    assert_eq!((&sent["ban_eos_token"], &sent["min_tokens"]), (&json!(true), &json!(16)));
    assert_eq!(sent.get("ignore_eos"), None);
}

#[test]
fn words_and_zeros_are_no_times() {
    let tape = tape!("tapes/synthetic-chat-short");
    let mut turn = Recorder::default();
    let mut later = request("Hi", 16);
    later.cache = CacheIntent::Reuse;
    ExLlamaV2::generate(&tape, &later, &mut turn, &json!({})).unwrap();
    assert_eq!(turn.timing, None);
    assert_eq!(turn.usage.unwrap().cached_tokens, Some(499));
    assert_eq!(turn.meta.unwrap(), json!({ "eos_reason": "loop_detected" }));
    let (ended, _) = run(&tape!("tapes/synthetic-chat").cut_after(300), &json!({}));
    assert_eq!(ended.unwrap_err().code, "connection-reset");
}

#[test]
fn texts_are_counted_by_the_server() {
    let tape = Tape::parse("=== POST /v1/token/encode\n200\n\n{\"tokens\":[5,6,7],\"length\":3}\n");
    assert_eq!(ExLlamaV2::count_tokens(&tape, "m", "text", &json!({})).unwrap(), 3);
    assert_eq!(tape.sent()[0], json!({ "text": "text", "add_bos_token": false }));
}

#[test]
fn look_alikes_are_not_this_backend() {
    let others = [
        ("vllm", tape!("../vllm/tapes/detect")),
        ("mlx", tape!("../mlx/tapes/detect")),
        ("sglang", tape!("../sglang/tapes/synthetic-detect")),
        ("llama-server", tape!("../llama-cpp/tapes/detect")),
        ("transformers", tape!("../openai-compatible/tapes/transformers-detect")),
        ("engine", tape!("../openai-compatible/tapes/synthetic-tachograph-detect")),
        ("together", tape!("../openai-compatible/tapes/synthetic-together-detect")),
    ];
    for (name, tape) in others {
        let failure = ExLlamaV2::detect(&tape.and(NOT_TABBY[0]), &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{name}");
    }
    let locked = Tape::parse("=== GET /.well-known/serviceinfo\n401\n\n{\"error\":\"no key\"}\n");
    assert_eq!(ExLlamaV2::detect(&locked, &json!({})).unwrap_err().code, "unauthorized");
}
