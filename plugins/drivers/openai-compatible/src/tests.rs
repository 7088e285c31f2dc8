//! Recorded exchanges of real servers; `synthetic-*` tapes were written by hand.

mod answers;
mod detection;
mod hosted;
mod refusals;

use tachograph_sdk::{
    Failure,
    model::PluginManifest,
    serde_json::{Value, json},
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::OpenAiCompatible;

/// The configuration after `detect` found this dialect.
fn detected(dialect: &str) -> Value {
    json!({ "detected": { "dialect": dialect } })
}

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    generate::<OpenAiCompatible>(tape, &request("hello", 16), config)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<OpenAiCompatible>(&manifest);
}
