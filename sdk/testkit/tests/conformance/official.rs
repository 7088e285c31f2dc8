//! The drivers of the newest suite conform.

use serde_json::{Value, json};
use tachograph_testkit::{CheckStatus, Conformance, Dialect, Options};

use crate::{checkout, tested};

/// The server of each driver, and how far it conforms at least.
///
/// `openai-compatible` is for any server of its dialect; the list of models of
/// the Anthropic dialect looks like one to it.
const DRIVERS: &[(&str, Dialect, Conformance)] = &[
    ("anthropic", Dialect::Anthropic, Conformance::Full),
    ("exllamav2", Dialect::Tabbyapi, Conformance::Full),
    ("llama-cpp", Dialect::LlamaCpp, Conformance::Full),
    ("lm-studio", Dialect::LmStudio, Conformance::Full),
    ("mlx", Dialect::Mlx, Conformance::Full),
    ("ollama", Dialect::Ollama, Conformance::Full),
    ("openai-compatible", Dialect::Openai, Conformance::Basic),
    ("sglang", Dialect::Sglang, Conformance::Full),
    ("vllm", Dialect::Vllm, Conformance::Full),
];

/// The drivers of the newest suite: ids and components.
fn drivers() -> Vec<(String, Vec<u8>)> {
    let suites = std::fs::read_dir(checkout("suites")).unwrap();
    let number = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_str()?.strip_prefix("suite-v")?.parse::<u32>().ok()
    };
    let newest = suites.filter_map(number).max().unwrap();
    let path = checkout(&format!("suites/suite-v{newest}/suite.toml"));
    let suite: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let driver = |entry: &toml::Value| {
        let digest = entry["plugin"]["sha256"].as_str().unwrap().trim_start_matches("sha256:");
        let blob = checkout(&format!("suites/blobs/{digest}.wasm"));
        (entry["id"].as_str().unwrap().to_owned(), std::fs::read(blob).unwrap())
    };
    suite["driver"].as_array().unwrap().iter().map(driver).collect()
}

fn driver(id: &str) -> Vec<u8> {
    let found = drivers().into_iter().find(|(known, _)| known == id);
    found.unwrap_or_else(|| panic!("the suite has no driver {id}")).1
}

async fn conforms(component: &[u8], dialect: Dialect, config: Value, least: Conformance) {
    let options = Options { dialect: Some(dialect), script: None, config };
    let report = tested(component, &options).await;
    assert!(report.level() >= least, "{}", report.to_text(80));
    // A driver for which every scenario is skipped is not tested.
    let passed = report.checks.iter().filter(|check| check.status == CheckStatus::Passed);
    assert!(passed.count() > 200, "{}", report.to_text(80));
    if least == Conformance::Full {
        let skipped = |id: &str| {
            let check = report.checks.iter().find(|check| check.id == id);
            check.is_some_and(|check| check.status == CheckStatus::Skipped)
        };
        // It is for one server, and knows the others for what they are.
        assert!(!skipped("foreign/openai") && !skipped("foreign/vllm"), "{}", report.to_text(80));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_driver_of_the_suite() {
    for (id, component) in drivers() {
        let known = DRIVERS.iter().find(|(known, ..)| *known == id);
        let (_, dialect, least) = known.unwrap_or_else(|| panic!("which server is {id} for?"));
        conforms(&component, *dialect, json!({}), *least).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn llama_cpp_with_counts_in_every_event() {
    for config in
        [json!({ "route": "completion" }), json!({ "extra_body": { "timings_per_token": true } })]
    {
        conforms(&driver("llama-cpp"), Dialect::LlamaCpp, config, Conformance::Full).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_compatible_with_every_server_of_the_dialect() {
    let component = driver("openai-compatible");
    for dialect in [
        Dialect::LlamaCpp,
        Dialect::Vllm,
        Dialect::Sglang,
        Dialect::Mlx,
        Dialect::Tabbyapi,
        Dialect::LmStudio,
    ] {
        conforms(&component, dialect, json!({}), Conformance::Basic).await;
    }
}

/// Without a word the kit finds out which server a driver is for.
#[tokio::test(flavor = "multi_thread")]
async fn the_dialect_is_found_out() {
    for (id, word) in [("llama-cpp", "llama-cpp"), ("openai-compatible", "openai")] {
        let report = tested(&driver(id), &Options::default()).await;
        assert_eq!(report.dialect.as_deref(), Some(word));
    }
}
