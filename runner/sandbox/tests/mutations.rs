//! Damaged components: refused or run, never a panic.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{HOST, guest};
use tachograph_sandbox::preflight;

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

/// Pseudo-random numbers (an LCG), the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn check(bytes: &[u8]) -> bool {
    match preflight(bytes) {
        Ok(found) => {
            assert_eq!(found.size, bytes.len() as u64);
            true
        }
        Err(error) => {
            assert!(CODES.contains(&error.code()), "{}: {error}", error.code());
            assert!(error.to_string().len() < 100_000);
            false
        }
    }
}

#[test]
fn truncated_anywhere() {
    let whole = guest("hostile-workload");
    let mut ends: Vec<usize> = (0..whole.len()).step_by(97).collect();
    ends.extend(0..600);
    ends.extend(whole.len() - 600..whole.len());
    let passed = ends.iter().filter(|end| check(&whole[..**end])).count();
    // A component may lose whole sections at its end, the names for debuggers for example.
    assert!(passed <= 4, "{passed} truncated components passed");
}

#[test]
fn one_byte_flipped() {
    let whole = guest("hostile-workload");
    let mut places: Vec<usize> = (0..whole.len()).step_by(61).collect();
    places.extend(0..1_000);
    places.extend(whole.len() - 2_000..whole.len());
    let mut bytes = whole.clone();
    for place in places {
        for mask in [0x01, 0x80, 0xff] {
            bytes[place] ^= mask;
            check(&bytes);
            bytes[place] ^= mask;
        }
    }
    assert!(check(&bytes));
}

#[test]
fn pieces_moved_about() {
    let whole = guest("hostile-driver");
    let mut dice = Dice(1);
    for _ in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..=dice.below(4) {
            let len = 1 + dice.below(300);
            let (from, to) = (dice.below(bytes.len() - len), dice.below(bytes.len() - len));
            let piece = bytes[from..from + len].to_vec();
            match dice.below(3) {
                0 => bytes[to..to + len].copy_from_slice(&piece),
                1 => drop(bytes.drain(to..to + len)),
                _ => drop(bytes.splice(to..to, piece)),
            }
        }
        check(&bytes);
    }
}

#[test]
fn what_passes_the_preflight_may_still_not_compile() {
    let whole = guest("hostile-workload");
    let mut dice = Dice(2);
    let mut tried = 0;
    while tried < 12 {
        let mut bytes = whole.clone();
        let place = dice.below(bytes.len());
        bytes[place] ^= 1 << dice.below(8);
        if !check(&bytes) {
            continue;
        }
        tried += 1;
        if let Err(error) = HOST.load(&bytes) {
            assert!(matches!(error.code(), "compile" | "abi-mismatch"), "{error}");
        }
    }
}
