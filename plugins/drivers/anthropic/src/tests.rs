//! Recorded exchanges of servers that speak the protocol; `synthetic-*` tapes
//! were written after the service's documentation.

mod answers;
mod detection;
mod requests;

use tachograph_sdk::{
    Driver, Failure,
    model::PluginManifest,
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::Anthropic;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape) -> (Result<(), Failure>, Recorder) {
    generate::<Anthropic>(tape, &request("Hi", 16), &json!({}))
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let description = Anthropic::describe();
    assert_described::<Anthropic>(&manifest);
    // Nobody is asked over the internet unless the user names the preset.
    let preset = &manifest.preset[0];
    assert_eq!((preset.key_header.as_str(), preset.key_prefix.as_str()), ("x-api-key", ""));
    assert!(
        preset.config.keys().all(|key| description.config_schema["properties"][key] != Value::Null)
    );
}
