//! Recorded exchanges of real servers; `synthetic-*` tapes were written by hand.

mod answers;
mod detection;
mod hosted;
mod refusals;

use tachograph_sdk::{
    Driver, Failure,
    model::PluginManifest,
    serde_json::{Value, json},
    testing::{Recorder, Tape, request},
};

use crate::OpenAiCompatible;

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

/// The configuration after `detect` found this dialect.
fn detected(dialect: &str) -> Value {
    json!({ "detected": { "dialect": dialect } })
}

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    let mut turn = Recorder::default();
    let ended = OpenAiCompatible::generate(tape, &request("hello", 16), &mut turn, config);
    (ended, turn)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let description = OpenAiCompatible::describe();
    assert_eq!((manifest.id, manifest.version), (description.id, description.version));
    let recipes: Vec<_> = manifest.launch.into_iter().map(|recipe| recipe.name).collect();
    assert_eq!(recipes, manifest.capabilities.launch);
}
