//! Every tape is synthetic: it was written after ollama's documentation.

mod answers;
mod detection;
mod properties;
mod requests;

use tachograph_sdk::{
    Driver, Failure,
    model::PluginManifest,
    serde_json::json,
    testing::{Recorder, Tape, request},
};

use crate::Ollama;

macro_rules! tape {
    ($name:literal) => {
        tachograph_sdk::testing::Tape::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tapes/synthetic-",
            $name,
            ".tape"
        )))
    };
}
use tape;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape) -> (Result<(), Failure>, Recorder) {
    let mut turn = Recorder::default();
    let ended = Ollama::generate(tape, &request("Hi", 16), &mut turn, &json!({}));
    (ended, turn)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let description = Ollama::describe();
    assert_eq!((manifest.id, manifest.version), (description.id, description.version));
    let recipes: Vec<_> = manifest.launch.iter().map(|recipe| recipe.name.clone()).collect();
    assert_eq!(recipes, manifest.capabilities.launch);
    assert_eq!(manifest.launch[0].env["OLLAMA_HOST"], "{host}:{port}");
    assert!(manifest.pull.unwrap().run);
}
