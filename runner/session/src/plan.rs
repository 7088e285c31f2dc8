//! The digest of a plan: what was asked for, apart from the run's nonce.

use sha2::{Digest as _, Sha256};
use tachograph_model::{ChallengeUsed, Digest, Step};

use crate::{SessionError, journal::canonical};

/// What stands for the nonce in the digest of a plan.
const NONCE_PLACE: &str = "{nonce}";

/// Collects the steps of one workload.
#[derive(Debug, Default)]
pub(crate) struct PlanDigest {
    hasher: Sha256,
    /// The same steps with the nonce in place, behind the challenge.
    challenged: Option<Sha256>,
    steps: u32,
}

impl PlanDigest {
    /// The digest of a plan that answers a challenge, if there is one.
    pub(crate) fn new(challenge: Option<&ChallengeUsed>) -> Self {
        let challenged = challenge.map(|challenge| {
            let mut hasher = Sha256::new();
            add(&mut hasher, &challenge.value);
            hasher
        });
        Self { challenged, ..Self::default() }
    }

    /// Adds a step, in canonical JSON, with the nonce taken out.
    pub(crate) fn add(&mut self, step: &Step, nonce: &str) -> Result<(), SessionError> {
        let text = canonical("a step", step)?;
        let text = String::from_utf8_lossy(&text);
        if let Some(challenged) = &mut self.challenged {
            add(challenged, &text);
        }
        add(&mut self.hasher, &text.replace(nonce, NONCE_PLACE));
        self.steps += 1;
        Ok(())
    }

    /// The digest, and that of the challenged plan; none for a plan without steps.
    pub(crate) fn finish(self) -> (Option<Digest>, Option<Digest>) {
        let digest = |hasher: Sha256| Digest::from_bytes(hasher.finalize().into());
        match self.steps {
            0 => (None, None),
            _ => (Some(digest(self.hasher)), self.challenged.map(digest)),
        }
    }
}

/// Adds a text behind its length, so that no two sequences are one.
fn add(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text);
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
        plan.finish().0
    }

    #[test]
    fn a_challenged_plan_covers_the_challenge_and_the_nonce() {
        let challenged = |value: &str, nonce: &str| {
            let used = ChallengeUsed { value: value.to_owned(), fresh: String::new() };
            let mut plan = PlanDigest::new(Some(&used));
            plan.add(&step(&format!("a {nonce}")), nonce).unwrap();
            plan.finish()
        };
        let (plan, one) = challenged("00", "red fox");
        assert_eq!((plan, one), challenged("00", "red fox"));
        assert_eq!(challenged("00", "tin cup").0, plan, "plans stay comparable");
        assert_ne!(challenged("00", "tin cup").1, one);
        assert_ne!(challenged("01", "red fox").1, one);
    }

    #[test]
    fn the_nonce_does_not_change_a_plan_and_anything_else_does() {
        assert_eq!(digest(&["a red fox"], "red fox"), digest(&["a tin cup"], "tin cup"));
        assert_ne!(digest(&["a red fox"], "red fox"), digest(&["b red fox"], "red fox"));
        assert_ne!(digest(&["ab", "c"], "-"), digest(&["a", "bc"], "-"));
        assert_eq!(digest(&[], "-"), None);
    }
}
