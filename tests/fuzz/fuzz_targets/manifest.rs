//! Manifests: nothing panics, places are inside the file, the reader and the
//! lint agree, and pinning twice is pinning once.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use tachograph_trust::{Severity, lint_manifest, pin_suite, read_plugin, read_suite};

const FILE: &str = "suite.toml";

fuzz_target!(|data: &[u8]| {
    let _ = read_plugin("plugin.toml", data);
    let refused =
        lint_manifest(FILE, data).iter().any(|finding| finding.severity == Severity::Error);
    let suite = match read_suite(FILE, data) {
        Ok(suite) => suite,
        Err(error) => {
            assert!(refused);
            assert!((1..=data.len() + 1).contains(&error.line));
            assert!((1..=data.len() + 1).contains(&error.column));
            return;
        }
    };
    assert!(!refused);
    let text = std::str::from_utf8(data).expect("only text is read");
    let plugins: BTreeMap<String, Vec<u8>> = suite
        .workload
        .iter()
        .map(|entry| &entry.plugin)
        .chain(suite.driver.iter().map(|entry| &entry.plugin))
        .map(|plugin| (plugin.id.to_string(), plugin.id.to_string().into_bytes()))
        .collect();
    let once = pin_suite(FILE, text, &plugins).expect("a good manifest can be pinned");
    assert_eq!(pin_suite(FILE, &once, &plugins).as_deref(), Ok(once.as_str()));
});
