use tachograph_model::ServerTiming;

use super::*;
use crate::evidence::fixture::Scene;

fn reason(scene: &Scene) -> String {
    let mut tape = Plausibility::default();
    scene.shown(|exhibit| tape.see(exhibit));
    let check = tape.check();
    assert_eq!(check.outcome == CheckOutcome::Pass, check.reason.contains("in order"));
    check.reason
}

#[test]
fn what_a_clock_gave_passes() {
    assert!(reason(&Scene::stream(64)).contains("in order"));
}

#[test]
fn stamps_that_go_back_fail() {
    let mut scene = Scene::stream(64);
    scene.exchange.reads[9].at = scene.exchange.reads[7].at;
    assert!(reason(&scene).contains("go back"));
    let mut scene = Scene::stream(64);
    scene.exchange.timing.last_byte = scene.exchange.timing.first_byte;
    assert!(reason(&scene).contains("not its reads'"));
}

#[test]
fn bytes_that_are_not_there_fail() {
    let mut scene = Scene::stream(64);
    scene.exchange.body.pop();
    assert!(reason(&scene).contains("1280 bytes and its body 1279"));
    let mut scene = Scene::stream(64);
    let head = scene.exchange.head.as_mut().unwrap();
    head.headers.push(("content-length".into(), "1300".into()));
    assert!(reason(&scene).contains("announced with 1300"));
}

#[test]
fn a_metronome_fails() {
    let mut scene = Scene::stream(64);
    let first = scene.exchange.reads[0].at.0;
    for (index, read) in scene.exchange.reads.iter_mut().enumerate() {
        read.at = Stamp(first + index as u64 * 10_000_000);
    }
    scene.exchange.timing.last_byte = Some(scene.exchange.reads[63].at);
    assert!(reason(&scene).contains("63 gaps have 1 lengths"), "{}", reason(&scene));
}

#[test]
fn round_stamps_fail() {
    let mut scene = Scene::stream(64);
    for read in &mut scene.exchange.reads {
        read.at = Stamp(read.at.0 / ROUND * ROUND);
    }
    let timing = &mut scene.exchange.timing;
    timing.headers = None;
    timing.first_byte = scene.exchange.reads.first().map(|read| read.at);
    timing.last_byte = scene.exchange.reads.last().map(|read| read.at);
    assert!(reason(&scene).contains("whole microseconds"));
}

#[test]
fn a_stream_without_its_end_fails() {
    let mut scene = Scene::stream(64);
    scene.exchange.reads.truncate(20);
    scene.exchange.body.truncate(400);
    scene.exchange.timing.last_byte = scene.exchange.reads.last().map(|read| read.at);
    assert!(reason(&scene).contains("nothing came in the last 0.4"), "{}", reason(&scene));
}

#[test]
fn a_server_that_needed_longer_fails() {
    let mut scene = Scene::stream(64);
    let timing = |decode_ns| ServerTiming {
        prompt_ns: Some(30_000_000),
        decode_ns: Some(decode_ns),
        ..ServerTiming::default()
    };
    scene.sample.server = Some(timing(630_000_000));
    assert!(reason(&scene).contains("in order"));
    scene.sample.server = Some(timing(1_260_000_000));
    assert!(reason(&scene).contains("the server worked 1.290 s"), "{}", reason(&scene));
}

#[test]
fn the_meter_and_the_stamps_have_to_agree() {
    let scene = Scene::stream(64);
    let step = Step {
        id: "trial-0".into(),
        phase: tachograph_model::Phase::Measure,
        trial: 0,
        concurrency: 1,
        requests: vec![scene.request.clone()],
    };
    let outcome = |wall_ns| {
        let mut tape = Plausibility::default();
        scene.shown(|exhibit| tape.see(exhibit));
        tape.step(&step, &[&scene.sample], wall_ns);
        tape.check().outcome
    };
    assert_eq!(outcome(Some(700_000_000)), CheckOutcome::Pass);
    assert_eq!(outcome(None), CheckOutcome::Pass);
    assert_eq!(outcome(Some(1_500_000_000)), CheckOutcome::Fail);
    assert_eq!(outcome(Some(300_000_000)), CheckOutcome::Fail);
}
