//! Why a result is what it is: suspicions, each with its evidence from the same
//! result and a command or setting that would change it.
//!
//! Every check ends in one of three ways: a suspicion, a clearance, or the
//! reason why it could not be made. Nothing is guessed from a name.

mod context;
mod harness;
mod machine;
mod prompt_cache;
mod rows;
mod streams;
mod text;

use serde::Serialize;
use tachograph_model::RunResult;

pub use text::explanation_text;

/// What the checks made of a result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Suspicions, the surest first.
    pub suspicions: Vec<Suspicion>,
    /// Checks that found nothing, each with what they saw.
    pub cleared: Vec<Checked>,
    /// Checks that could not be made, each with the reason.
    pub unknown: Vec<Checked>,
}

/// One thing that is probably so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspicion {
    /// The check, for example `prompt-reprocessed`.
    pub code: &'static str,
    /// How sure it is.
    pub certainty: Certainty,
    /// One sentence.
    pub says: String,
    /// Figures of the result that speak for it.
    pub evidence: Vec<String>,
    /// A command or a setting that would change it.
    pub remedy: String,
}

/// How sure a suspicion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The figures say so themselves.
    Shown,
    /// They fit this cause better than others.
    Likely,
    /// They fit this cause and others as well.
    Possible,
}

/// A check without a suspicion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// The check.
    pub code: &'static str,
    /// What was seen, or why nothing could be.
    pub says: String,
}

/// How a check ended.
enum Outcome {
    Suspicion(Suspicion),
    Clear(String),
    Unknown(String),
}

/// A check and its name.
type Check = (&'static str, fn(&RunResult) -> Outcome);

const CHECKS: [Check; 14] = [
    ("prompt-reprocessed", prompt_cache::reprocessed),
    ("warm-cache", prompt_cache::warm),
    ("queueing", streams::queueing),
    ("no-batching", streams::batching),
    ("context-cliff", context::cliff),
    ("held-back", harness::held_back),
    ("client-bound", harness::client_bound),
    ("round-trip", harness::round_trip),
    ("busy-machine", machine::busy),
    ("cpu-fallback", machine::idle_gpu),
    ("too-few-threads", machine::threads),
    ("throttled", machine::throttled),
    ("swapping", machine::swapping),
    ("stolen-time", machine::stolen),
];

/// Looks for the causes of what a result shows.
pub fn explain(result: &RunResult) -> Explanation {
    let mut found = Explanation { suspicions: vec![], cleared: vec![], unknown: vec![] };
    for (code, check) in CHECKS {
        match check(result) {
            Outcome::Suspicion(suspicion) => found.suspicions.push(Suspicion { code, ..suspicion }),
            Outcome::Clear(says) => found.cleared.push(Checked { code, says }),
            Outcome::Unknown(says) => found.unknown.push(Checked { code, says }),
        }
    }
    found.suspicions.sort_by_key(|suspicion| suspicion.certainty);
    found
}

/// A suspicion; its code is filled in by the list of checks.
fn suspicion(
    certainty: Certainty,
    says: impl Into<String>,
    evidence: Vec<String>,
    remedy: impl Into<String>,
) -> Outcome {
    Outcome::Suspicion(Suspicion {
        code: "",
        certainty,
        says: says.into(),
        evidence,
        remedy: remedy.into(),
    })
}

#[cfg(test)]
mod tests;
