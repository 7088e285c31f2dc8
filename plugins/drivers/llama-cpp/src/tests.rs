//! Recorded exchanges of a real server; `synthetic-*` tapes were written by hand.

mod answers;
mod detection;

use tachograph_sdk::{
    Driver, Failure,
    model::PluginManifest,
    serde_json::Value,
    testing::{Recorder, Tape, request},
};

use crate::LlamaCpp;

macro_rules! tape {
    ($($name:literal),+) => {
        tachograph_sdk::testing::Tape::parse("")
            $(.and(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tapes/", $name, ".tape"))))+
    };
}
use tape;

/// Runs a request of 16 tokens over a tape.
fn run(tape: &Tape, config: &Value) -> (Result<(), Failure>, Recorder) {
    let mut turn = Recorder::default();
    let ended = LlamaCpp::generate(tape, &request("Hi", 16), &mut turn, config);
    (ended, turn)
}

#[test]
fn the_manifest_and_the_description_agree() {
    let manifest: PluginManifest = toml::from_str(include_str!("../plugin.toml")).unwrap();
    let description = LlamaCpp::describe();
    assert_eq!((manifest.id, manifest.version), (description.id, description.version));
    let recipes: Vec<_> = manifest.launch.into_iter().map(|recipe| recipe.name).collect();
    assert_eq!(recipes, manifest.capabilities.launch);
}
