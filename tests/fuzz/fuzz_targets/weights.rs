//! Model files: nothing panics, nothing large is allocated for a small file, and
//! what is read survives its JSON form and steers no terminal.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tachograph_weights::{ModelFacts, WeightsError, read_gguf_header, read_safetensors_header};

/// The codes that the reading of one file may end with.
const CODES: [&str; 6] =
    ["wrong-format", "big-endian", "unknown-version", "too-large", "truncated", "malformed"];

/// A safetensors file of one tensor, for configurations to be about.
const PLAIN: &[u8] =
    b"\x37\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}  \0";

fuzz_target!(|data: &[u8]| {
    check(read_gguf_header(Cursor::new(data), "m"), data.len());
    check(read_safetensors_header(Cursor::new(data), "m", None), data.len());
    check(read_safetensors_header(Cursor::new(PLAIN), "m", Some(data)), PLAIN.len());
});

fn check(read: Result<ModelFacts, WeightsError>, size: usize) {
    match read {
        Ok(facts) => {
            assert_eq!(facts.file_bytes, size as u64);
            let json = serde_json::to_string(&facts).expect("facts are JSON");
            assert!(json.len() < 16_384);
            assert_eq!(serde_json::from_str::<ModelFacts>(&json).expect("it was written"), facts);
            let texts =
                [&facts.architecture, &facts.name, &facts.quantization, &facts.dominant_type];
            for text in texts.into_iter().flatten() {
                assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
            }
            // Zero is not a way to say that nothing is known.
            let counts = [facts.layers, facts.heads, facts.kv_heads, facts.vocabulary];
            assert!(!counts.contains(&Some(0)));
        }
        Err(error) => {
            assert!(CODES.contains(&error.code()), "{}: {error}", error.code());
            let text = error.to_string();
            assert!(text.len() < 2048 && !text.chars().any(char::is_control), "{text:?}");
        }
    }
}
