//! Shared results: nothing panics, taking apart and putting together is one and
//! the same, and what must not leave is found and not shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tachograph_model::SharedResult;
use tachograph_share::Scanner;
use tachograph_trust::{canonical_json, open_shared};

const KEY: &str = "planted-key-0123456789";

fuzz_target!(|data: &[u8]| {
    if let Ok(files) = open_shared(data, "s.json") {
        let shared = SharedResult {
            kind: "shared-result".to_owned(),
            schema: 1,
            result: serde_json::from_slice(&files.result).expect("it was written"),
            seal: String::from_utf8(files.signature.clone()).expect("it was a text"),
        };
        let bytes = canonical_json(&shared).expect("it was canonical");
        assert_eq!(open_shared(&bytes, "s.json").expect("it was written"), files);
    }
    let scanner = Scanner::new([], [("a test".to_owned(), KEY.to_owned())]);
    if let Ok(document) = serde_json::from_slice::<Value>(data) {
        let _ = scanner.scan(&document);
    }
    // Whatever surrounds a key, it is found at its place and not repeated.
    if let Ok(text) = std::str::from_utf8(data) {
        let document = json!({ "a": [1, { "b": format!("{text}{KEY}{text}") }] });
        let found = scanner.scan(&document);
        assert!(found.iter().any(|one| one.opens && one.place == "/a/1/b"));
        assert!(found.iter().all(|one| !one.to_string().contains(KEY)));
    }
});
