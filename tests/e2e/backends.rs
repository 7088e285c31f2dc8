//! Finding backends, measuring all of them, and plugins that no suite pins.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use tachograph_tests::{
    Tacho, checkout,
    engine::Engine,
    json,
    scripted::{STREAM, Scripted, usage, usual},
};

/// S4.103: a missing backend is skipped with one line that says why; those that
/// answer are measured one after another, and one table shows them all.
#[test]
fn all_backends_in_one_table() {
    let tacho = Tacho::new();
    let (one, other) = (Engine::start(&tacho), Engine::start(&tacho));
    let urls = format!("{},{}", one.url, other.url);
    let args = "run --all-engines --quick --workload W1 --max-tokens 8 --json all.json --url";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.push(&urls);
    let said = tacho.run(&args).expect(0);
    let line = "ollama not detected; skipped: another driver's server has its address";
    assert!(said.err.contains(line), "{}", said.err);
    let rows = said.out.lines().filter(|line| line.contains("1/1")).count();
    assert_eq!(rows, 2, "{}", said.out);
    assert_eq!(json(&tacho.home().join("all.json")).as_array().unwrap().len(), 2);
    assert_eq!(tacho.run_folders().len(), 2);
}

/// S4.114, S4.115: an address belongs to the first driver that knows its server,
/// and the others are silent about it.
#[test]
fn an_address_has_one_owner() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let document = tacho.run(&["detect", "--json", "--url", &engine.url]).expect(0).out;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let backends = document["backends"].as_array().unwrap();
    let order: Vec<&str> = backends.iter().map(|b| b["driver"].as_str().unwrap()).collect();
    let documented = [
        "llama-cpp",
        "ollama",
        "vllm",
        "mlx",
        "sglang",
        "exllamav2",
        "lm-studio",
        "anthropic",
        "openai-compatible",
    ];
    assert_eq!(order, documented);
    for backend in backends {
        let owner = backend["driver"] == "openai-compatible";
        assert_eq!(backend["found"].as_array().unwrap().len(), usize::from(owner), "{backend}");
        assert_eq!(backend["absent"].as_array().unwrap().len(), 0, "{backend}");
    }
    let listed = tacho.run(&["list-models", "--url", &engine.url]).expect(0).out;
    assert!(listed.contains("openai-compatible at ") && listed.contains("F32"), "{listed}");
}

/// A plugin that no suite pins asks before it does anything, and its results
/// say what they are.
#[test]
fn a_plugin_of_ones_own_is_granted_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = asked.clone();
    let server = Scripted::routes(move |answer| {
        seen.fetch_add(1, SeqCst);
        if !answer.path.ends_with("/chat/completions") {
            return usual(answer);
        }
        answer.send(STREAM)?;
        answer.tokens(8, 1)?;
        answer.finish(Some(usage(140, 8)))
    });
    let suite = std::fs::read_to_string(checkout().join("suites/suite-v2/suite.toml")).unwrap();
    let pinned = suite.split("id = \"openai-compatible\", version").nth(1).unwrap();
    let digest = pinned.split("sha256:").nth(1).unwrap().split('"').next().unwrap();
    let file = checkout().join(format!("suites/blobs/{digest}.wasm"));
    let (file, url) = (file.to_str().unwrap(), server.url());

    let tacho = Tacho::new();
    let args = ["run", "--quick", "--workload", "W1", "--max-tokens", "8", "--json", "out.json"];
    let own = ["--plugin", file, "--url", &url];
    let run = [&args[..], &own[..]].concat();
    let said = tacho.run(&run).expect(6);
    assert!(said.err.contains("endpoint `api`"), "{}", said.err);
    assert!(said.err.contains("tacho plugin grant"), "{}", said.err);
    assert_eq!(asked.load(SeqCst), 0, "nothing was sent");

    let _ = tacho.run(&["plugin", "grant", file, "--yes"]).expect(0);
    let said = tacho.run(&run).expect(0);
    assert!(said.out.contains("unofficial"), "{}", said.out);
    let result = json(&tacho.home().join("out.json"));
    // A busy machine adds flags of its own.
    let mut flags = result["flags"].as_array().unwrap().iter();
    assert!(flags.any(|flag| flag["code"] == "unofficial-plugin"), "{result}");
    assert_eq!(result["plugins"][0]["official"], false);
    let _ = tacho.run(&["verify", "latest"]).expect(0);
    let replayed = tacho.run(&["replay", "latest"]).expect(0);
    assert!(replayed.out.contains("identical"), "{}", replayed.out);

    let _ = tacho.run(&["plugin", "revoke", file]).expect(0);
    let _ = tacho.run(&run).expect(6);
}

/// A setting that the driver does not have is the user's mistake, and what it
/// has is told.
#[test]
fn a_wrong_setting_names_the_right_ones() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let args = ["run", "--quick", "--url", &engine.url, "--set", "dialekt=vllm"];
    let said = tacho.run(&args).expect(2);
    assert!(said.err.contains("dialekt") && said.err.contains("--set takes"), "{}", said.err);
    assert!(said.err.contains("dialect"), "{}", said.err);
    assert!(tacho.run_folders().is_empty());
}
