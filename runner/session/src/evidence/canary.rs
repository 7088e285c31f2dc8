//! What the model writes, greedily: the same arithmetic writes the same.

use tachograph_model::{Canary, Check, CheckOutcome, Digest, SampleStatus};

use super::probe::{CANARY_TOKENS, CANARY_VERSION, Probed};

const NAME: &str = "canary";

/// The digests of the texts, when every prompt was answered.
pub(super) fn texts(probed: &Probed) -> Option<Canary> {
    let texts: Option<Vec<Digest>> = probed
        .canary
        .iter()
        .map(|sample| sample.text_sha256.filter(|_| sample.status == SampleStatus::Ok))
        .collect();
    texts.filter(|texts| texts.len() == 3).map(|texts| Canary {
        version: CANARY_VERSION,
        max_tokens: CANARY_TOKENS,
        texts,
    })
}

pub(super) fn check(probed: &Probed) -> Check {
    let Some(canary) = texts(probed) else {
        let why = probed.left_out.as_deref().unwrap_or("the server gave no text");
        return Check::new(
            NAME,
            CheckOutcome::Unknown,
            format!("not all prompts were answered: {why}"),
        );
    };
    let same = |a: usize, b: usize| {
        let text = |n: usize| probed.repeat.get(n).and_then(|sample| sample.text_sha256);
        text(a).zip(text(b)).map(|(a, b)| a == b)
    };
    let n = canary.texts.len();
    let (outcome, reason) = match same(0, 1) {
        Some(false) => (
            CheckOutcome::Fail,
            "the server wrote two texts for one greedy prompt: it samples, or its arithmetic \
             changes, and its model cannot be told by what it writes"
                .to_owned(),
        ),
        Some(true) | None => (
            CheckOutcome::Pass,
            format!("the digests of {n} greedy texts are kept, for comparison with other runs"),
        ),
    };
    Check::new(NAME, outcome, reason).with("texts", n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::fixture::Scene;

    fn written(text: &str) -> tachograph_model::Sample {
        let mut sample = Scene::stream(16).sample;
        sample.text_sha256 = Some(Digest::of(text.as_bytes()));
        sample
    }

    fn probed(repeat: [&str; 2]) -> Probed {
        Probed {
            left_out: None,
            canary: ["a", "b", "c"].map(written).to_vec(),
            repeat: repeat.map(written).to_vec(),
        }
    }

    #[test]
    fn a_greedy_server_passes_and_its_texts_are_kept() {
        let probed = probed(["x", "x"]);
        assert_eq!(check(&probed).outcome, CheckOutcome::Pass);
        assert_eq!(texts(&probed).unwrap().texts[1], Digest::of(b"b"));
    }

    #[test]
    fn a_server_that_samples_fails() {
        assert_eq!(check(&probed(["x", "y"])).outcome, CheckOutcome::Fail);
    }

    #[test]
    fn a_canary_that_was_not_asked_is_unknown_and_kept_out() {
        let mut cut = probed(["x", "x"]);
        cut.canary.pop();
        cut.left_out = Some("may cost $0.01".to_owned());
        assert_eq!(texts(&cut), None);
        let check = check(&cut);
        assert_eq!(check.outcome, CheckOutcome::Unknown);
        assert!(check.reason.contains("may cost"), "{}", check.reason);
    }
}
