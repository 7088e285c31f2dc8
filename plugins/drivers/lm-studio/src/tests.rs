//! Every tape is synthetic: it was written after LM Studio's documentation.

use tachograph_sdk::{
    Channel, Driver, Failure,
    model::{PluginManifest, ServerTiming},
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::LmStudio;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<LmStudio>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<LmStudio>(&manifest);
    assert!(manifest.launch.is_empty());
    // The user is told the command: it asks questions.
    assert!(!manifest.pull.unwrap().run);
}

#[test]
fn loaded_instances_come_first_by_their_own_names() {
    let found = LmStudio::detect(&tape!("tapes/synthetic-detect-v1"), &json!({})).unwrap();
    assert_eq!((found.name.as_str(), found.version), ("LM Studio", None));
    assert_eq!((found.slots, found.tools, found.exact_length), (Some(4), true, false));
    assert!(!found.reports_cached_tokens && !found.reports_timings);
    let models: Vec<_> = found
        .models
        .iter()
        .map(|model| (model.id.as_str(), model.max_context, model.quantization.as_deref()))
        .collect();
    assert_eq!(
        models,
        [
            ("gemma-c-270m", Some(4096), None),
            ("gemma-c-270m:2", Some(8192), None),
            ("llama-a-8b", Some(131_072), Some("Q4_K_M")),
        ]
    );
    assert_eq!(found.models[2].size_bytes, Some(4_920_000_000));
    assert_eq!(found.extra["api"], "v1");
    let facts = &found.extra["loaded"][0];
    assert_eq!((&facts["architecture"], &facts["params"]), (&json!("gemma3"), &json!("270M")));
    assert_eq!(facts["config"]["flash_attention"], true);
}

#[test]
fn before_version_1_there_was_version_0() {
    let found = LmStudio::detect(&tape!("tapes/synthetic-detect-v0"), &json!({})).unwrap();
    let [loaded, other] = found.models.as_slice() else { panic!("{:?}", found.models) };
    assert_eq!((loaded.id.as_str(), loaded.max_context), ("gemma-3-4b", Some(12_918)));
    assert_eq!(loaded.quantization.as_deref(), Some("Q4_K_M"));
    assert_eq!((other.id.as_str(), other.max_context), ("qwen2-vl-7b-instruct", Some(32_768)));
    assert_eq!((found.slots, &found.extra["api"]), (None, &json!("v0")));
    assert_eq!(found.extra["loaded"][0]["format"], "gguf");
}

#[test]
fn look_alikes_are_not_this_backend() {
    let look_alikes = tape!("tapes/synthetic-look-alikes");
    for _ in 0..5 {
        let failure = LmStudio::detect(&look_alikes, &json!({})).unwrap_err();
        assert_eq!(failure.code, "not-this-backend", "{failure:?}");
    }
    let failure = LmStudio::detect(&look_alikes, &json!({})).unwrap_err();
    assert_eq!((failure.code.as_str(), look_alikes.sent().len()), ("unauthorized", 6));
}

#[test]
fn a_stream_is_read_in_the_common_dialect() {
    let tape = tape!("tapes/synthetic-chat");
    let (ended, turn) = run(&tape, &json!({}));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Reasoning), "Hm.");
    assert_eq!(turn.text(Channel::Content), "Hello");
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.output_tokens), (Some(24), Some(5)));
    assert_eq!((usage.reasoning_tokens, usage.cached_tokens), (Some(2), None));
    assert_eq!((turn.finish.as_deref(), turn.timing), (Some("length"), None));
    assert_eq!(turn.meta.unwrap()["exact_length"], false);
    let sent = &tape.sent()[0];
    assert_eq!(sent["stream_options"], json!({ "include_usage": true }));
    for field in ["ignore_eos", "min_tokens", "cache_prompt", "cache_salt"] {
        assert_eq!(sent.get(field), None, "{field}");
    }
}

#[test]
fn statistics_are_kept_as_they_are_and_drafts_are_counted() {
    let (ended, turn) =
        run(&tape!("tapes/synthetic-chat-with-stats"), &json!({ "base_path": "/api/v0" }));
    ended.unwrap();
    let meta = turn.meta.unwrap();
    assert_eq!(meta["stats"]["time_to_first_token"], 0.111);
    assert_eq!(meta["runtime"]["version"], "1.3.0");
    assert_eq!(meta["model_info"]["quant"], "Q4_K_M");
    // No duration of its own is taken for one of ours.
    let drafts = ServerTiming {
        draft_tokens: Some(40),
        draft_accepted: Some(31),
        ..ServerTiming::default()
    };
    assert_eq!(turn.timing, Some(drafts));
    assert_eq!(turn.finish.as_deref(), Some("stop"));
}

#[test]
fn failures_have_codes() {
    let tape = tape!("tapes/synthetic-errors");
    for code in ["context-exceeded", "context-exceeded", "protocol"] {
        let failure = run(&tape, &json!({})).0.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable), (code, false), "{failure:?}");
    }
    let (ended, turn) = run(&tape!("tapes/synthetic-chat").cut_after(400), &json!({}));
    assert_eq!((ended.unwrap_err().code.as_str(), turn.finish), ("connection-reset", None));
}
