//! `tacho compare --live` against servers of which the truth is known.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tachograph_tests::{
    Tacho,
    scripted::{After, Answer, STREAM, Scripted, delta, usage, usual},
};

/// Output tokens of every answer.
const TOKENS: u32 = 20;
/// From the request to the first token, and between tokens.
const FIRST: Duration = Duration::from_millis(100);
const GAP: Duration = Duration::from_millis(10);
/// How far a gap may be off, as a share.
const JITTER: f64 = 0.05;

/// SplitMix64, as a number from −1 to 1.
fn chance(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Answers on a schedule of which each gap is `slowness` times as long, more or
/// less by a seed.
fn scheduled(answer: &mut Answer, seed: u64, slowness: f64) -> io::Result<After> {
    answer.request()?;
    let mut due = Instant::now() + FIRST;
    let mut state = seed.wrapping_mul(1_000_003).wrapping_add(answer.number as u64);
    answer.send(STREAM)?;
    for index in 0..TOKENS {
        // The schedule does not wait for what came late.
        sleep(due.saturating_duration_since(Instant::now()));
        answer.event(delta("content", &format!(" w{index}")))?;
        due += GAP.mul_f64(slowness * (1.0 + JITTER * chance(&mut state)));
    }
    answer.finish(Some(usage(128, TOKENS.into())))
}

fn server(seed: u64, slowness: f64) -> Scripted {
    Scripted::start(move |answer| scheduled(answer, seed, slowness))
}

/// A server that says which model it has, in which quantization.
fn named(model: &'static str, quantization: &'static str) -> Scripted {
    Scripted::routes(move |answer| {
        if answer.path != "/v1/models" {
            return usual(answer);
        }
        let model = json!({ "id": model, "object": "model", "meta": { "ftype": quantization } });
        let list = json!({ "object": "list", "data": [model] });
        answer.whole("200 OK", "content-type: application/json\r\n", &list.to_string())
    })
}

fn live<'a>(a: &'a str, b: &'a str) -> Vec<&'a str> {
    let tokens = "20";
    let driver = "openai-compatible";
    vec!["compare", "--live", a, b, "--backend", driver, "--max-tokens", tokens, "--json"]
}

/// The comparison of two servers.
fn compared(tacho: &Tacho, a: &Scripted, b: &Scripted) -> Value {
    let said = tacho.run(&live(&a.url(), &b.url())).expect(0);
    serde_json::from_str::<Value>(&said.out).unwrap()["against"][0].take()
}

fn figure<'p>(pair: &'p Value, metric: &str) -> &'p Value {
    let figures = pair["workloads"][0]["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["metric"] == metric).unwrap()
}

/// Whether an interval, made wider by the share `slack`, holds the truth.
fn holds(figure: &Value, truth: f64, slack: f64) -> bool {
    let end = |name: &str| figure["interval"][name].as_f64().unwrap();
    end("low") * (1.0 - slack) <= truth && truth <= end("high") * (1.0 + slack)
}

/// Slower is found and sized, both runs are sealed, replay, and say with whom they
/// took turns. Three tenths, so that a busy machine finds it too.
#[test]
fn a_slower_server_is_found_and_both_runs_are_sealed() {
    let tacho = Tacho::new();
    let (a, b) = (server(1, 1.0), server(2, 1.3));
    let pair = compared(&tacho, &a, &b);
    let decode = figure(&pair, "decode_tps");
    assert_eq!(decode["verdict"], "slower", "{decode}");
    assert_eq!(decode["interval"]["method"], "abba-95");
    assert!(holds(decode, 1.0 / 1.3, 0.03), "{decode}");
    assert_eq!(pair["obstacles"], json!([]));
    let folders = tacho.run_folders();
    assert_eq!(folders.len(), 2, "{folders:?}");
    let mut results = Vec::new();
    for folder in &folders {
        let path = folder.to_str().unwrap();
        let _ = tacho.run(&["verify", path]).expect(0);
        let replayed = tacho.run(&["replay", path]).expect(0);
        assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
        results.push(tachograph_tests::json(&folder.join("result.json")));
    }
    let [one, other] = &results[..] else { panic!("{results:?}") };
    assert_eq!(one["suite"]["overrides"]["in_turn_with"], other["nonce"]);
    assert_eq!(other["suite"]["overrides"]["in_turn_with"], one["nonce"]);
    // The sealed runs give the same comparison again.
    let ids: Vec<&str> = folders.iter().map(|f| f.to_str().unwrap()).collect();
    let again = tacho.run(&["compare", ids[0], ids[1]]).expect(0);
    assert!(again.out.contains("A B B A"), "{}", again.out);
}

/// A busy machine may leave it open; it must not call a server slower than itself.
#[test]
fn a_server_is_as_fast_as_itself() {
    let tacho = Tacho::new();
    let server = server(3, 1.0);
    let pair = compared(&tacho, &server, &server);
    let decode = figure(&pair, "decode_tps");
    assert!(holds(decode, 1.0, 0.03), "{decode}");
    assert!(["equivalent", "unclear"].contains(&pair["overall"].as_str().unwrap()), "{pair}");
}

/// Nothing is measured and nothing kept, and every reason is told.
#[test]
fn what_cannot_be_compared_is_refused_before_it_is_measured() {
    let tacho = Tacho::new();
    let (a, b) = (named("twin-8b", "Q4_0"), named("other-70b", "Q8_0"));
    let said = tacho.run(&live(&a.url(), &b.url())).expect(22);
    for reason in ["model differs", "quantization differs"] {
        assert!(said.err.contains(reason), "{said:#?}");
    }
    assert!(said.err.contains("--by") && said.out.is_empty(), "{said:#?}");
    assert_eq!(tacho.run_folders(), [""; 0].map(std::path::PathBuf::from));
    let gone = tacho.run(&live(&a.url(), "http://127.0.0.1:9")).expect(3);
    assert!(gone.err.contains("no backend answers"), "{gone:#?}");
    assert_eq!(tacho.run_folders().len(), 0);
}

/// Forty seeds, each against a twin that is 10 % slower and against itself: ten
/// minutes. `TACHO_SEEDS=20..40` takes others. docs/performance.md has the outcome.
///
/// Of 40 intervals that hold the truth in 95 % of all cases, 34 hold it with a
/// probability of 99.3 %.
#[test]
#[ignore = "takes ten minutes; run it alone on a quiet machine"]
fn seeded_twins() {
    let seeds = std::env::var("TACHO_SEEDS").unwrap_or_else(|_| "0..40".to_owned());
    let (first, last) = seeds.split_once("..").unwrap();
    let seeds = first.parse::<u64>().unwrap()..last.parse().unwrap();
    let tacho = Tacho::new();
    let (mut slower, mut held, mut equal, mut overall) = (0, 0, 0, 0);
    for seed in seeds.clone() {
        // The twin plays the very schedule, stretched, or one of its own.
        let own = if std::env::var_os("TACHO_SAME_SCHEDULE").is_some() { 0 } else { 1 };
        let (a, b) = (server(2 * seed, 1.0), server(2 * seed + own, 1.1));
        let pair = compared(&tacho, &a, &b);
        let decode = figure(&pair, "decode_tps");
        slower += u64::from(decode["verdict"] == "slower");
        held += u64::from(holds(decode, 1.0 / 1.1, 0.0));
        let itself = compared(&tacho, &a, &a);
        equal += u64::from(figure(&itself, "decode_tps")["verdict"] == "equivalent");
        overall += u64::from(itself["overall"] == "equivalent");
        let (ratio, ends) = (&decode["ratio"], &decode["interval"]);
        println!("{seed}: {ratio} in {} to {}, itself {}", ends["low"], ends["high"], {
            let decode = figure(&itself, "decode_tps");
            format!("{} {}", decode["ratio"], itself["overall"])
        });
    }
    let n = seeds.end - seeds.start;
    println!("slower {slower}, truth inside {held}, equivalent {equal}, in all {overall} of {n}");
    assert!(slower * 20 >= n * 19 && equal * 20 >= n * 19 && held * 40 >= n * 34);
}
