//! A real llama.cpp server with generated weights, end to end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tachograph_tests::{Tacho, checkout, json, lab};

fn model() -> PathBuf {
    let model = lab().join("models/tiny.gguf");
    assert!(model.is_file(), "first: tests/lab/install.sh");
    model
}

/// A server that ends with the test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = Command::new(lab().join("venv/bin/python"))
            .arg(checkout().join("tests/lab/llama_http.py"))
            .args(["--port", &port.to_string(), "--ctx", "163840", "--parallel", "4"])
            .arg("--model")
            .arg(model())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        let tacho = Tacho::new();
        for _ in 0..300 {
            // It listens before its model is loaded, and says so.
            if tacho.run(&["list-models", "--url", &server.url]).code == Some(0) {
                return server;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("the server did not come up");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Processes whose command line names a file.
fn processes_with(name: &str) -> usize {
    let lines = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|process| {
        let line = std::fs::read(process.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).into_owned())
    });
    lines.filter(|line| line.contains(name)).count()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// S4.13, S4.42, S4.47, S4.62: the suite on a server that was found. Without W3:
/// this model's tokenizer doubles its contexts, which take minutes on two cores.
#[test]
fn the_suite_agrees_with_the_server() {
    let server = Server::start();
    let tacho = Tacho::new();
    let args = ["run", "suite-v2", "--quick", "--backend", "llama-cpp", "--url", &server.url];
    // A busy machine must not make the test skip what it is about.
    let more = ["--workload", "W1,W2,W4,W5", "--budget", "900", "--json", "out.json"];
    let _ = tacho.run(&[&args[..], &more].concat()).expect(0);
    let result = json(&tacho.home().join("out.json"));
    assert_eq!(result["backend"]["info"]["name"], "llama.cpp");
    assert_eq!(
        result["model"]["digest"],
        "sha256:bad0481a6bf23fbfe7c811be0cde96395a3e8bfcf0b0cd274152cd7e0f0aa0b8"
    );
    let workloads = result["workloads"].as_array().unwrap();
    for workload in workloads {
        assert_ne!(workload["report"]["status"], "failed", "{}", workload["report"]);
        for sample in workload["samples"].as_array().unwrap() {
            assert_eq!(sample["status"], "ok", "{sample}");
            let tokens = &sample["tokens"];
            assert_eq!(tokens["output"], tokens["requested"], "{sample}");
            if workload["id"] != "agent-trace" {
                assert_eq!(tokens["cached"], 0, "a cold row is cold: {sample}");
            }
        }
    }
    // The server's own decode speed beside ours: what the wire adds is small.
    let summary = &workloads[1]["report"]["summary"];
    let (ours, theirs) =
        (number(&summary["decode_tps"]["value"]), number(&summary["server_decode_tps"]["value"]));
    let ratio = ours / theirs;
    assert!((0.97..1.03).contains(&ratio), "client {ours}, server {theirs}");
    let hit_rate = number(&workloads[3]["report"]["summary"]["prefix_cache_hit_rate"]["value"]);
    assert!(hit_rate > 0.7, "{hit_rate}");
    let _ = tacho.run(&["verify", "latest"]).expect(0);
    let _ = tacho.run(&["replay", "latest"]).expect(0);
}

/// S4.119: a model file is loaded by the recipe of the signed driver.
#[test]
fn a_model_file_is_launched_and_ended() {
    let tacho = Tacho::new();
    // A name that no other process has on its command line.
    let own = tacho.home().join("tiny.gguf");
    std::fs::copy(model(), &own).unwrap();
    let (model, programs) = (own, checkout().join("tests/lab"));
    let args = ["run", "--quick", "--workload", "W1", "--max-tokens", "8", "--json", "out.json"];
    let launch =
        ["--model", model.to_str().unwrap(), "--llama-cpp-path", programs.to_str().unwrap()];
    let _ = tacho.run(&[&args[..], &launch[..]].concat()).expect(0);
    let result = json(&tacho.home().join("out.json"));
    assert_eq!(result["backend"]["origin"], "launched");
    assert_eq!(result["model"]["id"], "tiny.gguf");
    assert_eq!(processes_with(model.to_str().unwrap()), 0, "the server outlived the run");
}

/// S1.58, S2.33 to S2.36, S2.41 to S2.46, S3.10 to S3.22: the tables of the engine
/// profile, of a real server; what is not measured is a dash with a footnote.
#[test]
fn the_engine_profile_has_every_table() {
    let (tacho, model) = (Tacho::new(), model());
    let programs = checkout().join("tests/lab");
    let args = ["run", "profile-v1", "--quick", "--budget", "300", "--json", "out.json", "--full"];
    let launch = ["--model", model.to_str().unwrap(), "--program", programs.to_str().unwrap()];
    let said = tacho.run(&[&args[..], &launch[..]].concat()).expect(0);
    let result = json(&tacho.home().join("out.json"));
    let of = |id: &str| {
        let all = result["workloads"].as_array().unwrap();
        all.iter().find(|workload| workload["id"] == id).unwrap()["report"].clone()
    };
    let value = |report: &Value, name: &str| number(&report["summary"][name]["value"]);
    let sweep = of("sequence-sweep");
    for row in sweep["parts"][1]["rows"].as_array().unwrap() {
        let peak = number(&row["metrics"]["peak_memory_bytes"]["value"]);
        assert!(peak > 10_606_048.0, "the weights alone are more: {row}");
    }
    let memory = of("memory-profile");
    // 2 · 4 layers · 4 kv-heads · 32 · 2 bytes.
    assert_eq!(value(&memory, "kv_bytes_per_token"), 2048.0);
    let projected = &memory["parts"][1]["rows"][3];
    assert_eq!(projected["at"], 4096);
    assert_eq!(number(&projected["metrics"]["kv_bytes"]["value"]), 4096.0 * 2048.0);
    let shares = of("breakdown")["parts"][0]["rows"].clone();
    let shares = shares.as_array().unwrap().iter();
    let sum: f64 = shares.map(|row| number(&row["metrics"]["share"]["value"])).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    let runs = of("endurance");
    let (weights, tokens) = (value(&memory, "weight_bytes"), value(&runs, "total_output_tokens"));
    assert_eq!(value(&runs, "bytes_touched"), weights * tokens);
    assert_eq!(value(&runs, "working_set_coverage"), 1.0);
    assert!(value(&runs, "rss_peak_bytes") >= value(&runs, "rss_floor_bytes"));
    assert!(value(&runs, "vms_peak_bytes") > value(&runs, "rss_peak_bytes"));
    for name in ["minor_faults", "major_faults", "swap_in_bytes", "swap_out_bytes"] {
        assert!(value(&runs, name) >= 0.0, "{name}");
    }
    // What a plugin was not told, the run explains.
    assert!(!said.out.contains("the parameter facts."), "{}", said.out);
    // No server says how full its cache is.
    let kv = &memory["parts"][0]["rows"][0]["metrics"]["kv_measured_bytes"];
    assert!(kv["value"].is_null() && kv["reason"].is_string(), "{kv}");
    assert!(said.out.contains("no backend says how full its KV cache is"), "{}", said.out);
    let _ = tacho.run(&["replay", "latest"]).expect(0);
}

/// Nobody tells a run that is killed to clean up, and its backend ends all the same.
#[test]
fn a_launched_backend_ends_with_a_killed_run() {
    let tacho = Tacho::new();
    let own = tacho.home().join("killed.gguf");
    std::fs::copy(model(), &own).unwrap();
    let (model, programs) = (own.to_str().unwrap(), checkout().join("tests/lab"));
    let programs = programs.to_str().unwrap();
    let args = ["run", "--budget", "600", "--model", model, "--program", programs];
    let mut run = tacho.start(&args);
    let server = || processes_with("llama_http.py") > 0 && processes_with(model) > 2;
    let within = |seconds: u64, wanted: &dyn Fn() -> bool| {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
        while std::time::Instant::now() < end && !wanted() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        wanted()
    };
    assert!(within(30, &server), "the run, its guard and the server run");
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(within(10, &|| processes_with(model) == 0), "the server outlived the run");
}
