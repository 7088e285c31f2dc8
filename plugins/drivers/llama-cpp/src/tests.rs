//! Recorded exchanges of a real server; `synthetic-*` tapes were written by hand.

mod answers;
mod detection;

use tachograph_sdk::{
    Failure,
    model::PluginManifest,
    serde_json::Value,
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::LlamaCpp;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<LlamaCpp>(tape, &request("Hi", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<LlamaCpp>(&manifest);
}
