use tachograph_model::{Digest, Flag, RunResult, TokenSource};

use super::{
    simulate::{Truth, curve, in_turn, run},
    *,
};

const SEEDS: u64 = 20;

fn compared(a: &RunResult, b: &RunResult) -> Pair {
    compared_by(a, b, &[])
}

fn compared_by(a: &RunResult, b: &RunResult, by: &[Key]) -> Pair {
    let run = |id: &str, result| Run { id: format!("{id}-{}", result_nonce(result)), result };
    fn result_nonce(result: &RunResult) -> &str {
        &result.nonce
    }
    let options = Options { workloads: vec![], by: by.to_vec() };
    compare(&run("a", a), &[run("b", b)], &options).against.remove(0)
}

fn figure<'p>(pair: &'p Pair, metric: &str) -> &'p Figure {
    pair.workloads[0].figures.iter().find(|figure| figure.metric == metric).unwrap()
}

fn codes(pair: &Pair) -> Vec<&str> {
    pair.obstacles.iter().map(|obstacle| obstacle.code).collect()
}

fn holds(figure: &Figure, truth: f64) -> bool {
    figure.interval.as_ref().is_some_and(|i| i.low <= truth && truth <= i.high)
}

/// The rates are 10 % lower, so the times are 1/0.9 as long.
#[test]
fn ten_percent_slower_is_slower_and_the_interval_has_the_truth() {
    for truth in [Truth::default(), Truth { trials: 10, requests: 10, ..Truth::default() }] {
        let (mut decode, mut ttft, mut overall) = (0, 0, 0);
        for seed in 0..SEEDS {
            let slow = Truth { slowness: 1.0 / 0.9, ..truth };
            let pair = compared(&run(truth, seed), &run(slow, seed + 1_000));
            assert_eq!(codes(&pair), [""; 0]);
            let good = |metric, truth| {
                let figure = figure(&pair, metric);
                assert_eq!(figure.interval.as_ref().unwrap().method, "bootstrap-95");
                u64::from(figure.verdict == Some(Verdict::Slower) && holds(figure, truth))
            };
            decode += good("decode_tps", 0.9);
            ttft += good("ttft_ms", 1.0 / 0.9);
            overall += u64::from(pair.overall == Overall::Slower);
        }
        assert!(decode >= SEEDS - 1, "decode {decode} of {SEEDS}");
        assert!(ttft >= SEEDS - 1, "TTFT {ttft} of {SEEDS}");
        assert!(overall >= SEEDS - 1, "overall {overall} of {SEEDS}");
    }
}

#[test]
fn equal_servers_are_never_called_slower() {
    let (mut fine, mut equivalent) = (0, 0);
    for seed in 0..SEEDS {
        let truth = Truth { trials: 10, ..Truth::default() };
        let pair = compared(&run(truth, seed), &run(truth, seed + 1_000));
        fine += u64::from(matches!(pair.overall, Overall::Equivalent | Overall::Unclear));
        equivalent += u64::from(figure(&pair, "decode_tps").verdict == Some(Verdict::Equivalent));
    }
    assert!(fine >= SEEDS - 1, "{fine} of {SEEDS}");
    assert!(equivalent >= SEEDS - 1, "1 % of noise is well inside the band: {equivalent}");
}

/// Over many seeds the 95 % interval has the truth in about 95 %, with as few
/// trials as it is given for.
#[test]
fn intervals_hold_what_they_promise() {
    const MANY: u64 = 100;
    for trials in [5, 10] {
        let truth = Truth { trials, ..Truth::default() };
        let (mut rates, mut times) = (0, 0);
        for seed in 0..MANY {
            let (a, b) = (run(truth, seed + 50_000), run(truth, seed + 90_000));
            let of = |metric| {
                let runs = [&a, &b].map(|result| Run { id: result.nonce.clone(), result });
                change_of(&runs[0], &runs[1], "chat-short", metric).unwrap()
            };
            rates += u64::from(holds(&of("decode_tps"), 1.0));
            times += u64::from(holds(&of("ttft_ms"), 1.0));
        }
        let share = |n: u64| n as f64 / MANY as f64;
        assert!(share(rates) >= 0.92 && share(times) >= 0.92, "{trials}: {rates}, {times}");
    }
}

#[test]
fn a_run_is_equivalent_to_itself_whatever_its_trials() {
    for trials in [1, 5] {
        let one = run(Truth { trials, noise: (0.2, 0.2), ..Truth::default() }, 3);
        let pair = compared(&one, &one.clone());
        assert_eq!((pair.identical, pair.overall), (true, Overall::Equivalent));
        assert_eq!((codes(&pair), pair.differences.len()), (vec![], 0));
        assert_eq!(figure(&pair, "decode_tps").change, Some(0.0));
    }
}

#[test]
fn too_few_trials_are_refused_and_prove_nothing() {
    let truth = Truth { trials: 3, ..Truth::default() };
    let pair = compared(&run(truth, 1), &run(Truth { slowness: 2.0, ..truth }, 2));
    assert_eq!(codes(&pair), ["too-few-trials"]);
    let decode = figure(&pair, "decode_tps");
    assert_eq!((decode.verdict, decode.more_trials), (Some(Verdict::Unclear), Some(2)));
    assert_eq!(decode.interval.as_ref().unwrap().method, "range");
    assert_eq!(
        decode.reason.as_deref(),
        Some("3 trials are too few for an interval: 2 more are needed in each run")
    );
    assert_eq!(pair.overall, Overall::Unclear);
}

#[test]
fn noise_needs_more_trials() {
    let truth = Truth { noise: (0.05, 0.0), ..Truth::default() };
    let pair = compared(&run(truth, 1), &run(truth, 2));
    let decode = figure(&pair, "decode_tps");
    assert_eq!(decode.verdict, Some(Verdict::Unclear));
    assert!(decode.more_trials.is_some_and(|more| more > 1), "{decode:?}");
}

#[test]
fn each_obstacle_has_its_code() {
    let base = run(Truth::default(), 1);
    let with = |change: fn(&mut RunResult)| {
        let mut other = run(Truth::default(), 2);
        change(&mut other);
        let pair = compared(&base, &other);
        pair.obstacles.iter().map(|o| o.code.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(with(|_| ()), [""; 0]);
    assert_eq!(with(|r| r.suite.pin.digest = Digest::from_bytes([1; 32])), ["other-suite"]);
    assert_eq!(with(|r| r.suite.metrics = "2".into()), ["other-metrics"]);
    assert_eq!(with(|r| r.suite.profile = tachograph_model::ProfileName::Quick), ["other-profile"]);
    let iterations = |r: &mut RunResult| {
        r.suite.overrides.insert("iterations".into(), "3".into());
    };
    assert_eq!(with(iterations), ["other-overrides"]);
    let workloads = |r: &mut RunResult| {
        r.suite.overrides.insert("workloads".into(), "chat-short".into());
    };
    assert_eq!(with(workloads), [""; 0], "the plans say what was asked for");
    assert_eq!(with(|r| r.workloads[0].plan = None), ["other-plan"]);
    assert_eq!(with(|r| r.workloads.clear()), ["no-common-workload"]);
    let chunks = |r: &mut RunResult| {
        r.workloads[0].samples[0].tokens.source = Some(TokenSource::Chunks);
    };
    assert_eq!(with(chunks), ["token-count"]);
    let flat = |r: &mut RunResult| {
        r.workloads[0].report.flags.push(Flag::new("flat-profile", "no tools"));
    };
    assert_eq!(with(flat), ["other-shape"]);
}

#[test]
fn one_key_may_differ_and_names_what_is_compared() {
    let base = run(Truth::default(), 1);
    let mut newer = run(Truth::default(), 2);
    newer.backend.info.version = Some("b8000".into());
    let pair = compared(&base, &newer);
    assert_eq!(codes(&pair), [""; 0]);
    assert_eq!(pair.differences.len(), 1);
    assert_eq!((pair.differences[0].key, &*pair.differences[0].b), (Key::BackendVersion, "b8000"));

    newer.backend.info.slots = Some(8);
    assert_eq!(codes(&compared(&base, &newer)), ["differs", "differs"]);
    let both = [Key::BackendVersion, Key::Slots];
    assert_eq!(codes(&compared_by(&base, &newer, &both)), [""; 0], "named, so it may differ");
    assert_eq!(codes(&compared_by(&base, &newer, &both[1..])), ["differs"]);
    newer.backend.info.name = "vLLM".into();
    let keys: Vec<Key> = compared(&base, &newer).differences.iter().map(|d| d.key).collect();
    assert_eq!(keys, [Key::Backend, Key::Slots], "versions of two servers say nothing");
}

/// Another quantization of the same weights has another digest; the shape and
/// the number of parameters say that the weights are the same.
#[test]
fn a_quantization_is_told_from_a_model() {
    let base = run(Truth::default(), 1);
    let keys = |change: fn(&mut RunResult)| {
        let mut other = run(Truth::default(), 2);
        change(&mut other);
        compared(&base, &other).differences.iter().map(|d| d.key).collect::<Vec<_>>()
    };
    let other_digest = |r: &mut RunResult| r.model.digest = Some("sha256:aa".into());
    assert_eq!(keys(other_digest), [Key::Model]);
    assert_eq!(
        keys(|r| {
            r.model.digest = Some("sha256:aa".into());
            r.model.quantization = "Q8_0".into();
        }),
        [Key::Quantization]
    );
    assert_eq!(
        keys(|r| {
            r.model.parameters = Some(4_000_000_000);
            r.model.digest = Some("sha256:aa".into());
            r.model.quantization = "Q8_0".into();
        }),
        [Key::Model, Key::Quantization]
    );
    assert_eq!(keys(|r| r.model.digest = None), [] as [Key; 0], "no digest: by name");
    assert_eq!("backend-version".parse(), Ok(Key::BackendVersion));
    assert!("colour".parse::<Key>().is_err());
}

#[test]
fn a_busy_machine_is_said() {
    let (a, mut b) = (run(Truth::default(), 1), run(Truth::default(), 2));
    b.fingerprint.load_1m = Some(0.4);
    assert_eq!(compared(&a, &b).notes, [""; 0]);
    b.fingerprint.load_1m = Some(3.25);
    let said = "the machine was busy before the runs: load unknown and 3.2 on 2 cores";
    assert_eq!(compared(&a, &b).notes, [said]);
}

/// The first context is as fast in both, the second 20 % slower in B.
#[test]
fn curves_are_compared_row_by_row() {
    let a = curve(Truth::default(), 2.0, 1);
    let b = curve(Truth::default(), 2.0 / 0.8, 2);
    let pair = compared(&a, &b);
    let at = |context| {
        let figures = pair.workloads[0].figures.iter();
        figures
            .filter(|f| f.metric == "decode_tps" && f.at == Some(("context".into(), context)))
            .map(|f| f.verdict.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!((at(1024), at(4096)), (vec![Verdict::Equivalent], vec![Verdict::Slower]));
    let summary: Vec<&str> = pair.workloads[0]
        .figures
        .iter()
        .filter(|f| f.at.is_none())
        .map(|f| f.metric.as_str())
        .collect();
    assert_eq!(summary, ["wall_ms"], "the rest of the summary is of one row");
    assert_eq!(pair.overall, Overall::Slower);
}

#[test]
fn a_history_follows_versions_and_nothing_else() {
    let base = run(Truth::default(), 1);
    let of = |result: &RunResult| series(&Run { id: "x".into(), result }, "chat-short");
    let mut other = run(Truth::default(), 2);
    other.backend.info.version = Some("b9000".into());
    assert_eq!(of(&base), of(&other));
    other.model.quantization = "Q8_0".into();
    assert_ne!(of(&base), of(&other));
    assert_eq!(series(&Run { id: "x".into(), result: &base }, "chat-long"), None);
}

/// A machine that loses a third of its speed on the way: over trials that took
/// turns the difference still shows, and over trials that did not it drowns.
#[test]
fn taking_turns_takes_the_drift_of_the_machine_out() {
    let truth = Truth { trials: 10, noise: (0.004, 0.0), ..Truth::default() };
    let slow = Truth { slowness: 1.1, ..truth };
    let heat = 0.025;
    let a = in_turn(("amber", "birch"), truth, heat);
    let b = in_turn(("birch", "amber"), slow, heat);
    assert!(took_turns(&a, &b) && took_turns(&b, &a) && !took_turns(&a, &a));
    let pair = compared(&a, &b);
    assert_eq!(codes(&pair), [""; 0], "{:?}", pair.obstacles);
    let decode = figure(&pair, "decode_tps");
    assert_eq!(decode.interval.as_ref().unwrap().method, "abba-95");
    assert_eq!(decode.verdict, Some(Verdict::Slower));
    assert!(holds(decode, 1.0 / 1.1), "{decode:?}");
    assert!(pair.notes.iter().any(|note| note.contains("A B B A")), "{:?}", pair.notes);
    let twin = in_turn(("birch", "amber"), truth, heat);
    assert_eq!(compared(&a, &twin).overall, Overall::Equivalent);
    // The same trials, of which nobody says that they took turns.
    let mut alone = b.clone();
    alone.suite.overrides.clear();
    let decode = compared(&a, &alone);
    assert_eq!(figure(&decode, "decode_tps").verdict, Some(Verdict::Unclear));
}

/// What is known before the first trial is refused before it.
#[test]
fn runs_that_never_will_compare_are_refused_before_they_measure() {
    let mut a = run(Truth::default(), 1);
    a.workloads.clear();
    let mut b = a.clone();
    assert_eq!(before(&a, &b, &[]), []);
    b.model.quantization = "Q8_0".into();
    assert_eq!(before(&a, &b, &[]), [], "one thing may differ");
    b.backend.info.slots = Some(1);
    let refused = before(&a, &b, &[]);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.iter().all(|obstacle| obstacle.code == "differs"));
    assert_eq!(before(&a, &b, &[Key::Quantization, Key::Slots]), []);
}
