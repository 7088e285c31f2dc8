use tachograph_model::{Flag, Metric, MetricSource, Part, Row};

use super::*;
use crate::{Style, fixture};

fn row(at: i64, figures: &[(&str, f64)]) -> Row {
    let metric = |value| Metric::measured(value, "ms", 1, MetricSource::Client);
    let metrics = figures.iter().map(|(name, value)| ((*name).to_owned(), metric(*value)));
    Row { at, label: None, metrics: metrics.collect() }
}

/// The fixture with one table of a workload replaced.
fn with(id: &str, key: &str, rows: Vec<Row>) -> RunResult {
    let mut result = fixture::result();
    let workload = result.workloads.iter_mut().find(|w| w.id.as_str() == id).unwrap();
    workload.report.parts =
        vec![Part { title: "t".into(), key: key.into(), columns: vec![], rows }];
    result
}

fn suspected(result: &RunResult, code: &str) -> Option<Suspicion> {
    explain(result).suspicions.into_iter().find(|suspicion| suspicion.code == code)
}

fn cleared(result: &RunResult, code: &str) -> bool {
    explain(result).cleared.iter().any(|checked| checked.code == code)
}

#[test]
fn every_check_ends_in_one_way() {
    let found = explain(&fixture::result());
    let all = found.suspicions.len() + found.cleared.len() + found.unknown.len();
    assert_eq!(all, CHECKS.len());
}

#[test]
fn a_turn_that_starts_again_is_named() {
    let turn = |at, prompt: f64, cached: f64| {
        row(at, &[("prompt_tokens", prompt), ("cached_tokens", cached)])
    };
    let rows = vec![turn(1, 4000.0, 0.0), turn(2, 6000.0, 3968.0), turn(3, 7000.0, 12.0)];
    let found =
        suspected(&with("agent-trace", "turn", rows.clone()), "prompt-reprocessed").unwrap();
    assert_eq!(found.evidence, ["turn 3: 12 of the 6,000 tokens of the turn before were reused"]);
    assert_eq!(found.certainty, Certainty::Shown);
    assert!(cleared(&with("agent-trace", "turn", rows[..2].to_vec()), "prompt-reprocessed"));
}

#[test]
fn streams_that_wait_and_streams_that_share() {
    let point = |at, ttft: f64, spread: f64, together: f64| {
        row(at, &[("ttft_ms", ttft), ("ttft_spread_ms", spread), ("aggregate_tps", together)])
    };
    let waiting = vec![point(1, 20.0, 0.0, 100.0), point(4, 500.0, 2000.0, 105.0)];
    let result = with("concurrent-decode", "streams", waiting);
    assert!(suspected(&result, "queueing").unwrap().says.starts_with("from 4 streams on"));
    assert!(suspected(&result, "no-batching").is_some());
    let sharing = vec![point(1, 20.0, 0.0, 100.0), point(4, 50.0, 60.0, 350.0)];
    let result = with("concurrent-decode", "streams", sharing);
    assert!(cleared(&result, "queueing") && cleared(&result, "no-batching"));
}

#[test]
fn a_cliff_is_steeper_than_attention() {
    let point = |at, tps| row(at, &[("decode_tps", tps)]);
    let steep = vec![point(8192, 80.0), point(16384, 60.0), point(32768, 9.0)];
    let result = with("long-context-decay", "context", steep);
    assert!(suspected(&result, "context-cliff").unwrap().says.contains("32,768"));
    let even = vec![point(8192, 80.0), point(16384, 45.0), point(32768, 24.0)];
    assert!(cleared(&with("long-context-decay", "context", even), "context-cliff"));
}

#[test]
fn a_busy_or_stolen_machine_is_told() {
    let mut result = fixture::result();
    result.fingerprint.load_1m = Some(f64::from(result.fingerprint.cpu.logical_cores));
    result.flags.push(Flag::new("starved", "trial-1: 22 % of processor time was stolen"));
    assert!(suspected(&result, "busy-machine").is_some());
    assert!(suspected(&result, "stolen-time").unwrap().evidence[0].contains("22 %"));
    result.backend.local = false;
    let unknown = explain(&result).unknown;
    assert!(unknown.iter().any(|checked| checked.code == "busy-machine"));
}

#[test]
fn as_text() {
    let mut result = fixture::result();
    result.flags.push(Flag::new("starved", "trial-1: 22 % of processor time was stolen"));
    let text = explanation_text(&explain(&result), Style::plain(80));
    insta::assert_snapshot!("explanation", fixture::fits(&text));
    let hostile = explanation_text(&explain(&fixture::hostile_result()), Style::plain(80));
    fixture::fits(&hostile);
}
