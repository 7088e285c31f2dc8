//! A dispute: the evidence of one run in one file, and what it shows.
//!
//! The file is a plain tar archive, so that `tar` opens it and stock `minisign`
//! checks the seal inside. Without the outputs it holds no prompt and no text:
//! the result, its seal, and the raw timings. With them it holds the tape, and
//! everything can be checked.

mod export;
mod inspect;
mod timings;

pub use export::{Exported, export};
pub use inspect::{Inspection, inspect};

use serde::{Deserialize, Serialize};
use tachograph_model::{COMPONENT_MIB_MOST, Digest, RunnerBuild};

/// What a bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// No prompt and no output.
    Timings,
    /// The tape as well.
    Everything,
}

const MANIFEST: &str = "dispute.json";
const RESULT: &str = "result.json";
const SIGNATURE: &str = "result.json.minisig";
const TIMINGS: &str = "timings.json";
const TAPE: &str = "run.tape";
const DRIVER: &str = "driver.wasm";

/// Every file that a bundle may hold, with the most bytes that it may have.
const FILES: [(&str, u64); 6] = [
    (MANIFEST, 64 << 10),
    (RESULT, 64 << 20),
    (SIGNATURE, 1 << 10),
    (TIMINGS, 256 << 20),
    (DRIVER, (COMPONENT_MIB_MOST as u64) << 20),
    (TAPE, 1 << 30),
];

/// What a bundle says of itself: the first file in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Always `dispute`.
    kind: String,
    /// The version of this format: 1.
    schema: u32,
    /// The run.
    run: Digest,
    /// The program that wrote the bundle.
    written_by: RunnerBuild,
    /// The other files.
    files: Vec<Entry>,
    /// What is not in it, a sentence each.
    left_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    size: u64,
    sha256: Digest,
}
