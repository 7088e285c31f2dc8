//! Signatures and keys: nothing panics, and one spelling alone is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_trust::{PublicKey, SecretKey, verify};

const BYTES: &[u8] = b"kind = \"suite\"\n";
const KEY: &str = "RWR7sbZSgndvJ/8XEsAda/g6dRh76D4QJmasAbZoZpQk82M1wCqIOQU5";
const GOOD: &[u8] = include_bytes!("../seeds/signature/good.minisig");

fuzz_target!(|data: &[u8]| {
    let key = PublicKey::parse(KEY).expect("a key");
    assert!(verify(BYTES, GOOD, &key).is_ok());
    if verify(BYTES, data, &key).is_ok() {
        assert_eq!(data, GOOD, "another spelling was accepted");
    }
    if verify(data, GOOD, &key).is_ok() {
        assert_eq!(data, BYTES, "other bytes were accepted");
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(key) = PublicKey::parse(text) {
            assert!(text.contains(&key.to_text()));
            assert_eq!(PublicKey::parse(&key.to_file_text()), Ok(key));
        }
        if let Ok(key) = SecretKey::parse(text) {
            let signature = key.sign(data, "comment").expect("a key that signs");
            let public = key.public_key().expect("a public half");
            assert!(verify(data, signature.as_bytes(), &public).is_ok());
        }
    }
});
