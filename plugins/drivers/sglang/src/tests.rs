//! Exchanges written by hand after the source of SGLang 0.5.23.

use tachograph_sdk::{
    Channel, Driver, Failure,
    model::{CacheIntent, PluginManifest},
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::Sglang;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<Sglang>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<Sglang>(&manifest);
}

#[test]
fn a_server_names_its_version_its_slots_and_its_model() {
    let found = Sglang::detect(&tape!("tapes/synthetic-detect"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version.as_deref()), ("SGLang", Some("0.5.23")));
    assert_eq!((found.slots, found.exact_length), (Some(16), true));
    assert!(found.reports_cached_tokens && !found.reports_timings);
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("org/model", Some(32768)));
    assert_eq!(model.local_path.as_deref(), Some("/models/tiny-hf"));
    assert_eq!(model.quantization.as_deref(), Some("fp8"));
    assert_eq!(
        found.extra,
        json!({
            "dialect": "sglang", "dtype": "bfloat16", "kv_cache_dtype": "auto",
            "disable_radix_cache": false, "attention_backend": "triton",
        })
    );
}

#[test]
fn older_servers_state_their_facts_elsewhere_or_not_at_all() {
    let models =
        include_str!("../tapes/synthetic-detect.tape").split("=== GET /server_info").next();
    let older = Tape::parse(models.unwrap()).and(
        "=== GET /server_info\n404\n\nno\n\
         === GET /get_server_info\n200\n\n{\"version\":\"0.4.9\"}\n",
    );
    let found = Sglang::detect(&older, &json!({})).unwrap();
    assert_eq!((found.version.as_deref(), found.slots), (Some("0.4.9"), None));
    assert!(!found.reports_cached_tokens);
    let silent = Sglang::detect(&Tape::parse(models.unwrap()), &json!({})).unwrap();
    assert_eq!(silent.version, None);
}

#[test]
fn every_event_says_how_many_tokens_it_carries() {
    let tape = tape!("tapes/synthetic-chat");
    let mut turn = Recorder::default();
    let mut later = request("Hi", 3);
    later.cache = CacheIntent::Reuse;
    Sglang::generate(&tape, &later, &mut turn, &json!({})).unwrap();
    assert_eq!(turn.text(Channel::Content), "one two three");
    let counts: Vec<_> = turn.deltas.iter().map(|delta| delta.tokens).collect();
    assert_eq!(counts, [Some(1), Some(2)]);
    let usage = turn.usage.unwrap();
    assert_eq!((usage.cached_tokens, usage.output_tokens), (Some(32), Some(3)));
    let sent = &tape.sent()[0];
    assert_eq!((&sent["ignore_eos"], &sent["min_tokens"]), (&json!(true), &json!(3)));
    assert!(sent["cache_salt"].is_string());
    let (ended, _) = run(&tape!("tapes/synthetic-chat").cut_after(700), &json!({}));
    assert_eq!(ended.unwrap_err().code, "connection-reset");
}

#[test]
fn counters_are_read_by_name() {
    let counters = Sglang::server_metrics(&tape!("tapes/synthetic-metrics"), &json!({}));
    assert_eq!(
        counters.unwrap(),
        json!({
            "prompt_tokens_total": 8000.0, "cached_tokens_total": 2048.0, "cache_hit_rate": 0.25,
            "num_running_reqs": 1.0, "num_running_reqs{tp_rank=\"1\"}": 2.0,
            "time_to_first_token_seconds_sum": 0.5,
        })
    );
    let off = Tape::parse("=== GET /metrics\n404\n\n{\"detail\":\"Not Found\"}\n");
    assert_eq!(Sglang::server_metrics(&off, &json!({})).unwrap_err().code, "unsupported");
}

#[test]
fn the_cache_is_emptied_unless_requests_run() {
    let tape = tape!("tapes/synthetic-cache");
    Sglang::clear_cache(&tape, &json!({})).unwrap();
    let failure = Sglang::clear_cache(&tape, &json!({})).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.retryable), ("bad-request", true));
}

#[test]
fn texts_are_counted_where_the_server_can() {
    let tape = Tape::parse("=== POST /tokenize\n200\n\n{\"tokens\":[5,6],\"count\":2}\n")
        .and("=== POST /tokenize\n404\n\n{\"detail\":\"Not Found\"}\n");
    let count = || Sglang::count_tokens(&tape, "m", "text", &json!({}));
    assert_eq!(count().unwrap(), 2);
    assert_eq!(count().unwrap_err().code, "unsupported");
}

#[test]
fn look_alikes_are_not_this_backend() {
    let others = [
        ("vllm", tape!("../vllm/tapes/detect")),
        ("mlx", tape!("../mlx/tapes/detect")),
        ("exllamav2", tape!("../exllamav2/tapes/synthetic-detect")),
        ("llama-server", tape!("../llama-cpp/tapes/detect")),
        ("transformers", tape!("../openai-compatible/tapes/transformers-detect")),
        ("engine", tape!("../openai-compatible/tapes/synthetic-tachograph-detect")),
        ("together", tape!("../openai-compatible/tapes/synthetic-together-detect")),
    ];
    for (name, tape) in others {
        let failure = Sglang::detect(&tape, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{name}");
    }
    let locked = Tape::parse("=== GET /v1/models\n401\n\n{\"error\":\"no key\"}\n");
    assert_eq!(Sglang::detect(&locked, &json!({})).unwrap_err().code, "unauthorized");
}
