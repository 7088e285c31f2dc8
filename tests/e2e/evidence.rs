//! The checks of a run's evidence, challenges, and the levels of a result.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tachograph_tests::{Tacho, json};

const CHALLENGE: &str = "00112233445566778899aabbccddeeff";

fn short(more: &[&str]) -> Vec<String> {
    let args = "run suite-v2 --quick --backend built-in --workload W1 --max-tokens 8 --telemetry 0";
    args.split(' ').chain(more.iter().copied()).map(str::to_owned).collect()
}

fn run(tacho: &Tacho, args: &[String], code: i32) -> tachograph_tests::Said {
    tacho.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).expect(code)
}

fn outcome(result: &serde_json::Value, name: &str) -> String {
    let checks = result["evidence"]["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    check["outcome"].as_str().unwrap().to_owned()
}

/// Every check is in the sealed result, and the probes count in no figure.
#[test]
fn a_result_says_what_speaks_for_it() {
    let tacho = Tacho::new();
    let said = run(&tacho, &short(&["--json", "out.json"]), 0);
    let result = json(&tacho.home().join("out.json"));
    for name in ["cold-cache", "canary", "repeat-sample", "tape-plausibility", "token-counts"] {
        assert_eq!(outcome(&result, name), "pass", "{name}: {}", result["evidence"]);
    }
    assert_eq!(outcome(&result, "roofline"), "unknown");
    assert_eq!(result["evidence"]["canary"]["texts"].as_array().unwrap().len(), 3);
    let samples = result["workloads"][0]["samples"].as_array().unwrap();
    assert!(samples.iter().all(|sample| !sample["request"].as_str().unwrap().contains("canary")));
    assert!(said.out.contains("evidence: "), "{}", said.out);
    let replayed = tacho.run(&["replay", "latest"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
}

/// S4.125: the same model writes the same texts, in every run.
#[test]
fn the_canary_is_the_same_in_two_runs() {
    let texts = || {
        let tacho = Tacho::new();
        let _ = run(&tacho, &short(&["--json", "out.json"]), 0);
        json(&tacho.home().join("out.json"))["evidence"]["canary"]["texts"].clone()
    };
    let (one, other) = (texts(), texts());
    assert!(one.is_array());
    assert_eq!(one, other);
}

#[test]
fn the_probes_can_be_left_out_and_the_result_says_so() {
    let tacho = Tacho::new();
    let _ = run(&tacho, &short(&["--no-canary", "--json", "out.json"]), 0);
    let result = json(&tacho.home().join("out.json"));
    assert_eq!(outcome(&result, "canary"), "unknown");
    assert!(result["evidence"]["canary"].is_null());
    assert!(result["evidence"].to_string().contains("the user left the probes out"));
}

/// A challenge is in the prompts, the plan and the seal; the level of the result
/// rises as it is checked.
#[test]
fn a_challenged_run_answers_that_challenge_and_no_other() {
    let tacho = Tacho::new();
    let _ = run(&tacho, &short(&["--challenge", CHALLENGE, "--json", "out.json"]), 0);
    let result = json(&tacho.home().join("out.json"));
    assert_eq!(result["challenge"]["value"], CHALLENGE);
    assert_eq!(outcome(&result, "challenge"), "pass");
    assert!(result["workloads"][0]["challenged_plan"].is_string());
    let seal = std::fs::read_to_string(tacho.home().join("out.json.minisig")).unwrap();
    assert!(seal.contains(" challenge="), "{seal}");

    let verified = tacho.run(&["verify", "latest"]).expect(0);
    assert!(verified.out.contains("claimed"), "{}", verified.out);
    let listed = tacho.run(&["runs"]).expect(0);
    assert!(listed.out.contains("claimed"), "{}", listed.out);
    let replayed = tacho.run(&["replay", "latest"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
    assert!(tacho.run(&["runs"]).expect(0).out.contains("consistent"));
    let upper = CHALLENGE.to_uppercase();
    let verified = tacho.run(&["verify", "latest", "--challenge", &upper]).expect(0);
    assert!(verified.out.contains("challenged"), "{}", verified.out);
    assert!(tacho.run(&["show", "latest"]).expect(0).err.contains("challenged"));

    let other = "ff".repeat(16);
    let refused = tacho.run(&["verify", "latest", "--challenge", &other]).expect(20);
    assert!(refused.err.contains("answers another one"), "{}", refused.err);
}

/// Two runs of one plan, one of them challenged: the plan stays comparable.
#[test]
fn a_challenge_leaves_the_plan_comparable() {
    let plan = |more: &[&str]| {
        let tacho = Tacho::new();
        let args: Vec<&str> = more.iter().copied().chain(["--json", "out.json"]).collect();
        let _ = run(&tacho, &short(&args), 0);
        json(&tacho.home().join("out.json"))["workloads"][0]["plan"].clone()
    };
    assert_eq!(plan(&[]), plan(&["--challenge", CHALLENGE]));
}

#[test]
fn what_is_no_challenge_is_refused() {
    let tacho = Tacho::new();
    for bad in ["xyz", "00", &"0".repeat(31)] {
        let said = tacho.run(&["run", "--challenge", bad]).expect(4);
        assert!(said.err.contains("16 to 64 bytes"), "{}", said.err);
    }
    assert!(tacho.run_folders().is_empty());
}
