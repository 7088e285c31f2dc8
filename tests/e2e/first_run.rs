//! The first minute: no backend installed, one command, a sealed result.

use tachograph_tests::{Tacho, json};

/// S4.6, S4.11, S4.57, S4.58, S4.120: the default suite on the built-in engine.
#[test]
fn one_command_gives_a_sealed_result_that_replays() {
    let tacho = Tacho::new();
    let said = tacho
        .run(&["run", "suite-v2", "--quick", "--backend", "built-in", "--json", "out.json"])
        .expect(0);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);

    let result = json(&tacho.home().join("out.json"));
    assert_eq!(result["backend"]["origin"], "built-in");
    let workloads = result["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), 5);
    for workload in workloads {
        let report = &workload["report"];
        let status = report["status"].as_str().unwrap();
        match status {
            "measured" | "partial" => {
                assert!(!report["summary"].as_object().unwrap().is_empty(), "{workload}");
            }
            "skipped" => assert!(report["reason"].is_string(), "{workload}"),
            other => panic!("{other}: {report}"),
        }
        for sample in workload["samples"].as_array().unwrap() {
            assert_eq!(sample["status"], "ok", "{sample}");
            let cold = workload["id"] != "agent-trace";
            if cold {
                assert_eq!(sample["tokens"]["cached"], 0, "{sample}");
            }
            assert_eq!(sample["tokens"]["source"], "usage");
        }
    }
    let agent = &workloads[4]["report"];
    // A slow machine leaves the trace out for its budget, and says so.
    if agent["status"] == "measured" {
        let hit_rate = agent["summary"]["prefix_cache_hit_rate"]["value"].as_f64().unwrap();
        assert!(hit_rate > 0.75, "the engine reuses prefixes: {hit_rate}");
    }

    let verified = tacho.run(&["verify", "out.json"]).expect(0);
    assert!(!verified.out.contains("NOT CHECKED"), "{}", verified.out);
    let replayed = tacho.run(&["replay", "out.json"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
    let listed = tacho.run(&["runs"]).expect(0).out;
    // A slow machine leaves parts out, and the list says how many are whole.
    let whole = workloads.iter().filter(|w| w["report"]["status"] == "measured").count();
    assert!(whole >= 1, "{workloads:?}");
    assert!(listed.contains(&format!("{whole}/5")) && listed.contains("quick"), "{listed}");
    assert_eq!(tacho.run(&["show", "latest"]).expect(0).out, said.out);
}

/// Equal plans have equal digests, across runs and processes (and nonces).
#[test]
fn plan_digests_are_equal_across_runs() {
    let plans = || {
        let tacho = Tacho::new();
        let args = "run suite-v2 --quick --backend built-in --workload W1,W5 --max-tokens 4";
        let mut args: Vec<&str> = args.split(' ').collect();
        args.extend(["--json", "out.json"]);
        let _ = tacho.run(&args).expect(0);
        let result = json(&tacho.home().join("out.json"));
        let nonce = result["nonce"].as_str().unwrap().to_owned();
        let plans: Vec<String> = result["workloads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|workload| workload["plan"].as_str().unwrap().to_owned())
            .collect();
        (nonce, plans)
    };
    let (one, other) = (plans(), plans());
    assert_ne!(one.0, other.0);
    assert_eq!(one.1, other.1);
}

/// S4.114: the machine, and every driver with what it found or why not.
#[test]
fn detect_asks_every_driver() {
    let tacho = Tacho::new();
    // Nobody listens on port 1 of the loopback.
    let said = tacho.run(&["detect", "--url", "http://127.0.0.1:1"]).expect(0);
    for driver in ["llama-cpp", "ollama", "vllm", "mlx", "sglang", "openai-compatible"] {
        let line = format!("- {driver} not detected; skipped: nothing listens on 127.0.0.1:1\n");
        assert!(said.out.contains(&line), "{}", said.out);
    }
    assert!(said.out.contains("openai hosted: "), "{}", said.out);
    let document = tacho.run(&["detect", "--json"]).expect(0).out;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert!(document["fingerprint"]["memory"]["total_bytes"].as_u64() > Some(0));
    assert!(document["backends"].as_array().unwrap().len() >= 2);
}

#[test]
fn mistakes_get_a_sentence_and_a_code() {
    let tacho = Tacho::new();
    let said = tacho.run(&["run", "suite-v3"]).expect(3);
    assert!(said.err.contains("suite-v3"), "{}", said.err);
    let said = tacho.run(&["run", "--workload", "W9"]).expect(3);
    assert!(said.err.contains("W9") && said.err.contains("chat-short"), "{}", said.err);
    let said = tacho.run(&["run", "--backend", "lama-cpp"]).expect(3);
    assert!(said.err.contains("llama-cpp"), "{}", said.err);
    // Port 1 of the loopback: nobody listens there.
    let said = tacho.run(&["run", "--url", "http://127.0.0.1:1"]).expect(3);
    assert!(said.err.contains("127.0.0.1:1"), "{}", said.err);
    assert!(tacho.run_folders().is_empty());
}
