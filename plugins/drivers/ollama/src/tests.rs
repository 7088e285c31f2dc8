//! Every tape is synthetic: it was written after ollama's documentation.

mod answers;
mod detection;
mod properties;
mod requests;

use tachograph_sdk::{
    Failure,
    model::PluginManifest,
    serde_json::json,
    tape,
    testing::{Recorder, Tape, assert_described, generate, request},
};

use crate::Ollama;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape) -> (Result<(), Failure>, Recorder) {
    generate::<Ollama>(tape, &request("Hi", 16), &json!({}))
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    assert_described::<Ollama>(&manifest);
    assert_eq!(manifest.launch[0].env["OLLAMA_HOST"], "{host}:{port}");
    assert!(manifest.pull.unwrap().run);
}
