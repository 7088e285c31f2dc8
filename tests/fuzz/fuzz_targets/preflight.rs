//! Components: nothing panics, every refusal has its code, what passes is what
//! it says, and one byte more or less does not make a component of no component.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tachograph_sandbox::{HOST_ABI, Preflight, preflight};

/// The codes that a preflight may end with.
const CODES: [&str; 8] = [
    "native-code",
    "too-large",
    "not-a-component",
    "no-manifest",
    "bad-manifest",
    "abi-unknown",
    "undeclared-import",
    "missing-export",
];

/// A real plugin, and one that imports sockets.
const REAL: [&[u8]; 2] = [
    include_bytes!("../../fixtures/guests/hostile-workload.wasm"),
    include_bytes!("../../fixtures/guests/hostile-sockets.wasm"),
];

fuzz_target!(|data: &[u8]| {
    check(data);
    let Some((which, script)) = data.split_first() else { return };
    // The rest changes a real component: it is too large for a fuzzer to find its way into.
    let real = REAL[usize::from(which % 2)];
    let bytes = edited(real, script);
    check(&bytes);
});

fn check(bytes: &[u8]) {
    match preflight(bytes) {
        Ok(found) => passed(&found, bytes),
        Err(error) => {
            assert!(CODES.contains(&error.code()), "{}: {error}", error.code());
            let text = error.to_string();
            assert!(text.len() < 8192, "{} bytes of message", text.len());
            assert!(!text.chars().any(steers), "{text:?}");
        }
    }
}

/// Whether a character does something to a terminal.
fn steers(c: char) -> bool {
    !matches!(c, '\n' | '\t') && c.is_control()
}

fn passed(found: &Preflight, bytes: &[u8]) {
    assert_eq!(found.size, bytes.len() as u64);
    assert_eq!(found.abi, found.manifest.abi);
    assert_eq!(found.abi.split('.').next(), HOST_ABI.split('.').next());
    assert!(found.imports.iter().all(|name| !name.starts_with("wasi:sockets")));
    let names = found.imports.iter().chain(&found.exports);
    assert!(!names.flat_map(|name| name.chars()).any(steers));
    assert!(!found.exports.is_empty());
    // It ends where its last section ends.
    assert!(preflight(&bytes[..bytes.len() - 1]).is_err());
    assert!(preflight(&[bytes, &[0][..]].concat()).is_err());
}

/// Applies edits of six bytes: what, where (3), and two bytes of how.
fn edited(real: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = real.to_vec();
    for [what, a, b, c, x, y] in script.as_chunks::<6>().0.iter().take(64) {
        if bytes.is_empty() {
            break;
        }
        let place = u32::from_le_bytes([*a, *b, *c, 0]) as usize % bytes.len();
        let len = usize::from(u16::from_le_bytes([*x, *y])).min(bytes.len() - place);
        match what % 8 {
            0 => bytes[place] = *x,
            1 => bytes[place] ^= 1 << (x % 8),
            2 => bytes.insert(place, *x),
            3 => bytes.truncate(place),
            4 => drop(bytes.drain(place..place + len)),
            // A piece twice, while the whole stays of its size.
            5 if bytes.len() < 2 * real.len() => {
                let piece = bytes[place..place + len].to_vec();
                bytes.splice(place..place, piece);
            }
            // Near the end, where the sections of names, manifest and ABI are.
            6 => {
                let place = bytes.len() - 1 - place % bytes.len().min(2048);
                bytes[place] = *x;
            }
            _ => {
                let place = place % bytes.len().min(2048);
                bytes[place] = *x;
            }
        }
    }
    bytes
}
