//! Recorded exchanges of servers that speak the protocol; `synthetic-*` tapes
//! were written after the service's documentation.

mod answers;
mod detection;
mod requests;

use tachograph_sdk::{
    Driver, Failure,
    model::PluginManifest,
    serde_json::{Value, json},
    testing::{Recorder, Tape, request},
};

use crate::Anthropic;

macro_rules! tape {
    ($name:literal) => {
        tachograph_sdk::testing::Tape::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tapes/",
            $name,
            ".tape"
        )))
    };
}
use tape;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape) -> (Result<(), Failure>, Recorder) {
    let mut turn = Recorder::default();
    let ended = Anthropic::generate(tape, &request("Hi", 16), &mut turn, &json!({}));
    (ended, turn)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let description = Anthropic::describe();
    assert_eq!((manifest.id, manifest.version), (description.id, description.version));
    // Nobody is asked over the internet unless the user names the preset.
    let preset = &manifest.preset[0];
    assert_eq!((preset.key_header.as_str(), preset.key_prefix.as_str()), ("x-api-key", ""));
    assert!(
        preset.config.keys().all(|key| description.config_schema["properties"][key] != Value::Null)
    );
}
