//! The digest of a plan: what was asked for, apart from the run's nonce.

use sha2::{Digest as _, Sha256};
use tachograph_model::{Digest, Step};

use crate::{SessionError, journal::canonical};

/// What stands for the nonce in the digest of a plan.
const NONCE_PLACE: &str = "{nonce}";

/// Collects the steps of one workload.
#[derive(Debug, Default)]
pub(crate) struct PlanDigest {
    hasher: Sha256,
    steps: u32,
}

impl PlanDigest {
    /// Adds a step, in canonical JSON, with the nonce taken out.
    pub(crate) fn add(&mut self, step: &Step, nonce: &str) -> Result<(), SessionError> {
        let text = canonical("a step", step)?;
        let text = String::from_utf8_lossy(&text).replace(nonce, NONCE_PLACE);
        self.hasher.update((text.len() as u64).to_le_bytes());
        self.hasher.update(text);
        self.steps += 1;
        Ok(())
    }

    /// The digest; `None` for a plan without steps.
    pub(crate) fn finish(self) -> Option<Digest> {
        (self.steps > 0).then(|| Digest::from_bytes(self.hasher.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::Phase;

    use super::*;

    fn step(id: &str) -> Step {
        Step {
            id: id.to_owned(),
            phase: Phase::Measure,
            trial: 0,
            concurrency: 1,
            requests: Vec::new(),
        }
    }

    fn digest(ids: &[&str], nonce: &str) -> Option<Digest> {
        let mut plan = PlanDigest::default();
        for id in ids {
            plan.add(&step(id), nonce).unwrap();
        }
        plan.finish()
    }

    #[test]
    fn the_nonce_does_not_change_a_plan_and_anything_else_does() {
        assert_eq!(digest(&["a red fox"], "red fox"), digest(&["a tin cup"], "tin cup"));
        assert_ne!(digest(&["a red fox"], "red fox"), digest(&["b red fox"], "red fox"));
        assert_ne!(digest(&["ab", "c"], "-"), digest(&["a", "bc"], "-"));
        assert_eq!(digest(&[], "-"), None);
    }
}
