//! Sealed runs of real servers, recorded once: every later version must still
//! verify them and replay them to the byte.

use tachograph_tests::{Tacho, checkout, json};

#[test]
fn recorded_runs_of_real_servers_still_verify_and_replay() {
    let tacho = Tacho::new();
    let runs = checkout().join("tests/fixtures/runs");
    let mut seen = Vec::new();
    for run in std::fs::read_dir(&runs).unwrap() {
        let folder = run.unwrap().path();
        let path = folder.to_str().unwrap();
        let verified = tacho.run(&["verify", path]).expect(0);
        assert!(
            !verified.out.contains("NOT CHECKED"),
            "the pin of suite-v2 moved; record again: tests/record-fixtures.sh\n{}",
            verified.out
        );
        let replayed = tacho.run(&["replay", path]).expect(0);
        assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
        let result = json(&folder.join("result.json"));
        seen.push(result["backend"]["info"]["name"].as_str().unwrap().to_owned());
    }
    seen.sort();
    assert_eq!(seen, ["llama.cpp", "mlx-lm"]);
}
