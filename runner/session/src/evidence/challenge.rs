//! Does the nonce follow from the challenge?

use tachograph_model::{ChallengeUsed, Check, CheckOutcome};

pub(super) fn check(used: &ChallengeUsed, nonce: &str) -> Check {
    match crate::challenge::nonce(used) == nonce {
        true => Check::new(
            "challenge",
            CheckOutcome::Pass,
            "the nonce of every cold prompt follows from the challenge",
        ),
        false => Check::new(
            "challenge",
            CheckOutcome::Fail,
            "the nonce does not follow from the challenge: the prompts are older than it, or \
             were written without it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_nonce_does_not_answer_a_challenge() {
        let used = ChallengeUsed { value: "0f".repeat(16), fresh: "1e".repeat(16) };
        let nonce = crate::challenge::nonce(&used);
        assert_eq!(check(&used, &nonce).outcome, CheckOutcome::Pass);
        let other = ChallengeUsed { value: "aa".repeat(16), ..used };
        assert_eq!(check(&other, &nonce).outcome, CheckOutcome::Fail);
    }
}
