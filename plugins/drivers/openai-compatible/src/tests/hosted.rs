//! Hosted services: presets, and what their answers bring along.

use tachograph_sdk::{
    Channel, Driver,
    model::PluginManifest,
    serde_json::{Value, json},
};

use super::{run, tape};
use crate::OpenAiCompatible;

/// The configuration of a preset.
fn preset(name: &str) -> Value {
    let manifest: PluginManifest = toml::from_str(include_str!("../../plugin.toml")).unwrap();
    let found = manifest.preset.into_iter().find(|preset| preset.name.as_str() == name);
    json!(found.unwrap().config)
}

#[test]
fn presets_hold_what_the_schema_knows() {
    let manifest: PluginManifest = toml::from_str(include_str!("../../plugin.toml")).unwrap();
    let schema = OpenAiCompatible::describe().config_schema;
    let mut names = Vec::new();
    for preset in &manifest.preset {
        names.push(preset.name.as_str());
        assert!(preset.url.starts_with("https://") && !preset.url.ends_with("/v1"));
        assert!(preset.key_env.ends_with("_API_KEY"));
        assert_eq!(
            (preset.key_header.as_str(), preset.key_prefix.as_str()),
            ("authorization", "Bearer ")
        );
        for (key, value) in &preset.config {
            let property = &schema["properties"][key];
            assert!(property.is_object(), "{key}");
            if let Some(words) = property["enum"].as_array() {
                assert!(words.contains(value), "{key} = {value}");
            }
        }
    }
    assert_eq!(names, ["openai", "openrouter", "together", "fireworks", "groq"]);
}

#[test]
fn openai_gets_what_it_takes_and_says_where_it_ran() {
    let tape = tape!("tapes/synthetic-openai-chat");
    let (ended, turn) = run(&tape, &preset("openai"));
    ended.unwrap();
    let sent = &tape.sent()[0];
    assert_eq!(sent["max_completion_tokens"], 16);
    assert_eq!(sent["stream_options"]["include_obfuscation"], false);
    for field in ["max_tokens", "temperature", "ignore_eos", "min_tokens"] {
        assert_eq!(sent.get(field), None, "{field}");
    }
    assert_eq!(turn.text(Channel::Content), "Hello there.");
    let usage = turn.usage.unwrap();
    assert_eq!((usage.output_tokens, usage.reasoning_tokens), (Some(74), Some(64)));
    assert_eq!((usage.prompt_tokens, usage.cached_tokens), (Some(1200), Some(1024)));
    assert_eq!(
        turn.meta.unwrap(),
        json!({
            "exact_length": false, "model": "model-2026-05-01", "service_tier": "default",
            "system_fingerprint": "fp_0", "openai-version": "2020-10-01",
            "openai-processing-ms": "412", "cf-ray-region": "FRA",
            "rate-limits": {
                "limit-requests": "10000", "remaining-requests": "9999",
                "remaining-tokens": "1999000", "reset-requests": "6ms",
            },
        })
    );
}

#[test]
fn openrouter_names_the_provider_and_groq_its_times() {
    let (ended, turn) = run(&tape!("tapes/synthetic-openrouter-chat"), &preset("openrouter"));
    ended.unwrap();
    assert_eq!(turn.text(Channel::Reasoning), "Well, ");
    assert_eq!(turn.text(Channel::Content), "yes.");
    assert_eq!(turn.meta.as_ref().unwrap()["provider"], "Some Provider");
    assert_eq!(turn.usage.unwrap().reasoning_tokens, Some(3));
    assert_eq!(turn.timing, None);

    let (ended, turn) = run(&tape!("tapes/synthetic-groq-chat"), &preset("groq"));
    ended.unwrap();
    assert_eq!(turn.meta.as_ref().unwrap()["x-groq-region"], "us-west-1");
    let timing = turn.timing.unwrap();
    assert_eq!((timing.queue_ns, timing.prompt_ns), (Some(18_500_000), Some(2_250_000)));
    // Nobody says how many steps are in it.
    assert_eq!((timing.decode_ns, timing.decode_gaps), (Some(30_000_000), None));
    assert_eq!(turn.usage.unwrap().output_tokens, Some(2));
}

#[test]
fn no_identifier_of_a_request_is_kept() {
    for (tape, name) in [
        (tape!("tapes/synthetic-openai-chat"), "openai"),
        (tape!("tapes/synthetic-openrouter-chat"), "openrouter"),
        (tape!("tapes/synthetic-groq-chat"), "groq"),
    ] {
        let (_, turn) = run(&tape, &preset(name));
        let meta = turn.meta.unwrap().to_string();
        assert!(!meta.contains("secret-id"), "{meta}");
    }
}

#[test]
fn together_lists_its_models_bare() {
    let found =
        OpenAiCompatible::detect(&tape!("tapes/synthetic-together-detect"), &preset("together"))
            .unwrap();
    assert_eq!(found.name, "OpenAI-compatible server");
    let model = &found.models[0];
    assert_eq!((model.id.as_str(), model.max_context), ("org/model-turbo", Some(131_072)));
    assert!(!found.exact_length);
}
