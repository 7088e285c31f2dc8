//! What the tests of this crate share.

use tachograph_model::RunResult;

/// A whole recorded run of a real server.
pub(crate) fn recorded() -> RunResult {
    let run =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/runs/llama-server/result.json");
    serde_json::from_slice(&std::fs::read(run).unwrap()).unwrap()
}
