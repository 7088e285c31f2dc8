//! The driver against recorded answers; no server and no sandbox.

use tachograph_sdk::{
    Channel, Driver, Turn,
    serde_json::json,
    testing::{Recorder, Tape, request},
};

use super::MyPlugin;

const DETECT: &str = include_str!("../tapes/detect.tape");
const CHAT: &str = include_str!("../tapes/chat.tape");

fn run(tape: &Tape) -> Recorder {
    let mut turn = Recorder::default();
    MyPlugin::generate(tape, &request("hello", 2), &mut turn, &json!({})).unwrap();
    turn
}

#[test]
fn it_says_what_the_manifest_says() {
    let said = MyPlugin::describe();
    let manifest = include_str!("../plugin.toml");
    for line in [format!("id = \"{}\"", said.id), format!("version = \"{}\"", said.version)] {
        assert!(manifest.lines().any(|known| known == line), "plugin.toml has no `{line}`");
    }
}

#[test]
fn it_finds_its_server_and_no_other() {
    let found = MyPlugin::detect(&Tape::parse(DETECT), &json!({})).unwrap();
    assert_eq!(found.models[0].id, "a-model");
    let other = Tape::parse("=== GET /v1/models\n404\n\nno such page");
    let failure = MyPlugin::detect(&other, &json!({})).unwrap_err();
    assert_eq!(failure.code, "not-this-backend");
}

#[test]
fn every_piece_of_text_is_attributed() {
    let turn = run(&Tape::parse(CHAT));
    assert_eq!(turn.text(Channel::Content), "Hello there");
    assert_eq!(turn.deltas.len(), 2);
    let usage = turn.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.output_tokens), (Some(9), Some(2)));
    assert_eq!(turn.finish.as_deref(), Some("length"));
}

#[test]
fn splits_on_the_way_change_nothing() {
    for bytes in [1, 2, 7, 64] {
        let turn = run(&Tape::parse(CHAT).in_pieces_of(bytes));
        assert_eq!(turn.text(Channel::Content), "Hello there");
    }
}

#[test]
fn a_broken_answer_is_a_failure() {
    let tape = Tape::parse(CHAT).cut_after(200);
    let turn: &mut dyn Turn = &mut Recorder::default();
    assert!(MyPlugin::generate(&tape, &request("hello", 2), turn, &json!({})).is_err());
}
