//! Verifying a sealed run: seal, schema, suite, chain. Fails closed.

use tachograph_model::{ChallengeUsed, Digest, RunResult};
use tachograph_tape::Tape;
use tachograph_trust::{Catalog, VerifiedResult};

use crate::{Challenge, SealedRun, SessionError, challenge, replay::check_tape};

/// What a verification established.
#[derive(Debug)]
pub struct Verified {
    /// The result.
    pub result: RunResult,
    /// The digest of its bytes.
    pub run_id: Digest,
    /// The key that sealed it.
    pub key_id: String,
    /// Whether the tape is here and its chain ends where the result says.
    pub tape_checked: bool,
    /// Whether the suite is here and its signature holds.
    pub suite_checked: bool,
    /// Whether the key that signed the suite is the development key.
    pub development_key: bool,
}

/// Checks the seal of a result, its schema and canonical form, the tape's chain,
/// and that the suite it names is a trusted one.
///
/// # Errors
/// Whatever does not hold, naming the file. A tape that is not here is no
/// error: [`Verified::tape_checked`] says so.
pub fn verify(catalog: &Catalog, run: &SealedRun) -> Result<Verified, SessionError> {
    let file = run.result_path().display().to_string();
    let VerifiedResult { result, run_id, key_id, .. } =
        tachograph_trust::verify_result(&run.result_bytes, &run.signature_bytes, &file)?;
    let tape_path = run.tape_path();
    let tape_checked = tape_path.is_file();
    if tape_checked {
        check_tape(&Tape::read(&tape_path)?, &result.tape, &tape_path)?;
    }
    let (suite_checked, development_key) = match catalog.resolve(&result.suite.pin.to_string()) {
        Ok(suite) => (true, suite.development_key),
        Err(tachograph_trust::TrustError::NoSuite { .. }) => (false, false),
        Err(error) => return Err(error.into()),
    };
    Ok(Verified { result, run_id, key_id, tape_checked, suite_checked, development_key })
}

/// Checks that a result answers a challenge: that it names it, that its nonce
/// follows from it, and that the plan of each workload covers it. The seal of a
/// verified result covers all three.
///
/// # Errors
/// [`SessionError::Unanswered`], which says what is missing.
pub fn answers(result: &RunResult, challenge: &Challenge) -> Result<(), SessionError> {
    let unanswered = |reason: &str| Err(SessionError::Unanswered { reason: reason.to_owned() });
    let used = match &result.challenge {
        None => return unanswered("it answers none"),
        Some(ChallengeUsed { value, .. }) if value != challenge.as_str() => {
            return unanswered("it answers another one");
        }
        Some(used) => used,
    };
    if challenge::nonce(used) != result.nonce {
        return unanswered("its nonce does not follow from it");
    }
    let open = result.workloads.iter().find(|w| w.plan.is_some() && w.challenged_plan.is_none());
    match open {
        Some(workload) => unanswered(&format!("the plan of {} does not cover it", workload.id)),
        None => Ok(()),
    }
}
