//! Runs that took turns.

use tachograph_model::RunResult;

/// The setting of a result that names the nonce of the run it took turns with.
/// It changes when the trials came, not what they asked for, so that such a run
/// compares with others too.
pub const IN_TURN_WITH: &str = "in_turn_with";

/// Whether two runs took turns with each other, as both say.
pub fn took_turns(a: &RunResult, b: &RunResult) -> bool {
    let with = |run: &RunResult, other: &RunResult| {
        run.suite.overrides.get(IN_TURN_WITH).is_some_and(|nonce| *nonce == other.nonce)
    };
    a.nonce != b.nonce && with(a, b) && with(b, a)
}
