//! Recorded exchanges of vLLM 0.32.0; `synthetic-*` tapes were written by hand.

use tachograph_sdk::{
    Channel, Driver, Failure,
    model::{CacheIntent, PluginManifest, Tool},
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::Vllm;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<Vllm>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<Vllm>(&manifest);
}

#[test]
fn a_server_names_its_version_and_its_model() {
    let found = Vllm::detect(&tape!("tapes/detect"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version.as_deref()), ("vLLM", Some("0.32.0")));
    assert_eq!((found.slots, found.tools, found.exact_length), (None, true, true));
    assert!(!found.reports_timings && !found.reports_cached_tokens);
    assert_eq!(found.extra, json!({ "dialect": "vllm" }));
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("tiny", Some(8192)));
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny-hf"));
}

#[test]
fn a_server_without_a_parser_is_asked_for_no_call() {
    for (answer, parsed, choice) in [
        (tape!("tapes/detect", "tapes/tools-refused"), Some(false), json!("none")),
        (tape!("tapes/detect", "tapes/tools-parsed"), Some(true), Value::Null),
        (tape!("tapes/detect"), None, Value::Null),
    ] {
        let found = Vllm::detect(&answer, &json!({})).unwrap();
        assert_eq!(found.extra.get("tools_parsed").and_then(Value::as_bool), parsed);
        // They are in the prompt either way.
        assert!(found.tools);
        let asked = &answer.sent()[2];
        assert_eq!((&asked["model"], &asked["max_tokens"]), (&json!("tiny"), &json!(1)));
        let turn = tape!("tapes/chat");
        let mut request = request("Hi", 16);
        request.exact_length = false;
        request.tools.push(Tool {
            name: "read_file".into(),
            description: "Reads a file.".into(),
            parameters: json!({ "type": "object" }),
        });
        let config = json!({ "detected": found.extra });
        Vllm::generate(&turn, &request, &mut Recorder::default(), &config).unwrap();
        let sent = &turn.sent()[0];
        assert_eq!((&sent["tool_choice"], sent["tools"].as_array().unwrap().len()), (&choice, 1));
    }
}

#[test]
fn every_event_says_how_many_tokens_it_carries() {
    let tape = tape!("tapes/running-usage");
    let (ended, turn) = run(&tape, &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Content), "tadzredtocu");
    assert_eq!((turn.deltas.len(), turn.tokens()), (4, Some(4)));
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(39), Some(0)));
    assert_eq!((turn.finish.as_deref(), turn.timing), (Some("length"), None));
    assert_eq!(turn.meta.unwrap(), json!({ "system_fingerprint": "vllm-0.32.0-28d65d9a" }));
    let sent = &tape.sent()[0];
    assert_eq!((&sent["ignore_eos"], &sent["min_tokens"]), (&json!(true), &json!(16)));
    assert_eq!(sent["stream_options"]["continuous_usage_stats"], true);
}

#[test]
fn turns_of_a_conversation_share_a_salt_that_no_other_has() {
    let salt = |prompt: &str, cache| {
        let tape = tape!("tapes/chat");
        let mut request = request(prompt, 16);
        request.cache = cache;
        Vllm::generate(&tape, &request, &mut Recorder::default(), &json!({})).unwrap();
        tape.sent()[0]["cache_salt"].as_str().unwrap().to_owned()
    };
    assert_eq!(salt("nonce a", CacheIntent::Cold), salt("nonce a", CacheIntent::Reuse));
    assert_ne!(salt("nonce a", CacheIntent::Cold), salt("nonce b", CacheIntent::Cold));
}

#[test]
fn texts_are_counted_by_the_server() {
    let tape = tape!("tapes/tokenize");
    assert_eq!(Vllm::count_tokens(&tape, "tiny", "text", &json!({})).unwrap(), 12);
    assert_eq!(tape.sent()[0]["add_special_tokens"], false);
}

#[test]
fn counters_are_read_by_name() {
    let counters = Vllm::server_metrics(&tape!("tapes/metrics"), &json!({})).unwrap();
    assert_eq!(counters["prefix_cache_queries_total"], 809.0);
    assert_eq!(counters["prefix_cache_hits_total"], 128.0);
    assert_eq!(counters["prompt_tokens_by_source_total{source=\"local_compute\"}"], 681.0);
    assert_eq!(counters["prompt_tokens_by_source_total{source=\"local_cache_hit\"}"], 128.0);
    assert_eq!(counters["time_to_first_token_seconds_count"], 11.0);
    let names: Vec<&String> = counters.as_object().unwrap().keys().collect();
    let dropped = |name: &&&String| name.contains("_bucket") || name.contains("_created");
    assert_eq!(names.iter().find(dropped), None);
}

#[test]
fn the_cache_is_emptied_in_development_mode_only() {
    let tape = Tape::parse("=== POST /reset_prefix_cache\n200\n\n").and(
        "=== POST /reset_prefix_cache\n404\ncontent-type: application/json\n\n{\"detail\":\"Not Found\"}\n",
    );
    Vllm::clear_cache(&tape, &json!({})).unwrap();
    assert_eq!(Vllm::clear_cache(&tape, &json!({})).unwrap_err().code, "unsupported");
}

#[test]
fn a_cut_stream_is_the_break_wherever_it_was_cut() {
    for cut in [0, 1, 300, 700, 1234] {
        let (ended, turn) = run(&tape!("tapes/running-usage").cut_after(cut), &json!({}));
        assert_eq!(ended.unwrap_err().code, "connection-reset", "cut after {cut}");
        assert_eq!(turn.finish, None);
    }
}

#[test]
fn look_alikes_are_not_this_backend() {
    let others = [
        ("mlx", tape!("../mlx/tapes/detect")),
        ("sglang", tape!("../sglang/tapes/synthetic-detect")),
        ("exllamav2", tape!("../exllamav2/tapes/synthetic-detect")),
        ("llama-server", tape!("../llama-cpp/tapes/detect")),
        ("transformers", tape!("../openai-compatible/tapes/transformers-detect")),
        ("engine", tape!("../openai-compatible/tapes/synthetic-tachograph-detect")),
        ("together", tape!("../openai-compatible/tapes/synthetic-together-detect")),
    ];
    for (name, tape) in others {
        let failure = Vllm::detect(&tape, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{name}");
    }
    let locked = Tape::parse("=== GET /v1/models\n401\n\n{\"error\":\"no key\"}\n");
    assert_eq!(Vllm::detect(&locked, &json!({})).unwrap_err().code, "unauthorized");
}
