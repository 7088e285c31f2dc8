//! Killed and interrupted runs: nothing half-written, nothing lost.
#![cfg(unix)]

use std::{process::Command, time::Duration};

use tachograph_tape::Tape;
use tachograph_tests::{Tacho, json};

const SHORT_RUN: &[&str] = &[
    "run",
    "suite-v2",
    "--quick",
    "--backend",
    "built-in",
    "--workload",
    "W1,W4",
    "--max-tokens",
    "64",
];

fn recordings(tacho: &Tacho) -> Vec<std::path::PathBuf> {
    let name = |path: &std::path::Path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".recording-"))
    };
    tacho.run_folders().into_iter().filter(|path| name(path)).collect()
}

/// `kill -9` twenty times, each time a little later.
#[test]
fn a_killed_run_leaves_a_readable_tape_and_no_result() {
    let tacho = Tacho::new();
    let mut read = 0;
    for round in 0..20u64 {
        let mut run = tacho.start(SHORT_RUN);
        // Spread over the run by a fixed rule: start-up, W1, W4.
        std::thread::sleep(Duration::from_millis(60 + round * 83));
        run.kill().unwrap();
        run.wait().unwrap();
        for recording in recordings(&tacho) {
            // Written whole or not at all.
            if recording.join("result.json").exists() {
                let _ = json(&recording.join("result.json"));
            }
            let tape = recording.join("run.tape");
            if tape.exists() && std::fs::metadata(&tape).unwrap().len() >= 12 {
                let tape = Tape::read(&tape).unwrap();
                assert!(!tape.complete || recording.join("result.json").exists());
                read += usize::from(!tape.records.is_empty());
            }
        }
    }
    assert!(read > 0, "no round was killed while it recorded");
    let said = tacho.run(SHORT_RUN).expect(0);
    assert!(said.err.contains("sealed as run"), "{}", said.err);
    let _ = tacho.run(&["verify", "latest"]).expect(0);
    let listed = tacho.run(&["runs"]).expect(0);
    assert!(listed.err.contains("never sealed"), "{}", listed.err);
}

/// Ctrl-C seals what was measured, and the sealed rest still replays.
#[test]
fn an_interrupted_run_is_sealed_and_replays() {
    let tacho = Tacho::new();
    let args = ["run", "suite-v2", "--quick", "--backend", "built-in", "--json", "out.json"];
    let mut run = tacho.start(&args);
    std::thread::sleep(Duration::from_secs(4));
    let interrupt = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let result = json(&tacho.home().join("out.json"));
    let workloads = result["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), 5);
    assert_ne!(workloads[4]["report"]["status"], "measured");
    let _ = tacho.run(&["verify", "out.json"]).expect(0);
    let _ = tacho.run(&["replay", "out.json"]).expect(0);
}
