//! Two results that name one model: did one model write both?

use tachograph_model::{Check, CheckOutcome, Digest, RunResult};

const NAME: &str = "same-model";

/// Compares the canary of a result with those of others that name the same
/// weights. One text in common is enough: kernels of different machines round
/// differently, and two texts part at the first rounding that matters.
pub(crate) fn same_arithmetic(
    run: &Digest,
    result: &RunResult,
    known: &[(Digest, RunResult)],
) -> Check {
    let unknown = |why: &str| Check::new(NAME, CheckOutcome::Unknown, why);
    let canary = |result: &RunResult| result.evidence.as_ref()?.canary.clone();
    let Some(own) = canary(result) else { return unknown("the result has no canary") };
    let Some(digest) = &result.model.digest else {
        return unknown("the result names no digest of its model");
    };
    let same = |other: &RunResult| {
        other.model.digest.as_ref() == Some(digest)
            && other.model.quantization == result.model.quantization
    };
    let compared: Vec<(&Digest, usize)> = known
        .iter()
        .filter(|(id, other)| id != run && same(other))
        .filter_map(|(id, other)| Some((id, own.agreement(&canary(other)?)?)))
        .collect();
    let of = own.texts.len();
    match compared.iter().max_by_key(|(_, agree)| *agree) {
        None => unknown("no other result of this model is here"),
        Some((id, 0)) => Check::new(
            NAME,
            CheckOutcome::Fail,
            format!("none of its {of} texts is that of run {}, which names this model", id.short()),
        ),
        Some((id, agree)) => Check::new(
            NAME,
            CheckOutcome::Pass,
            format!("{agree} of its {of} texts are those of run {} of this model", id.short()),
        ),
    }
    .with("compared_runs", compared.len() as f64)
}

#[cfg(test)]
mod tests {
    use tachograph_model::{Canary, Evidence};

    use super::*;

    fn result(texts: &[u8]) -> RunResult {
        let mut result = crate::fixture::recorded();
        result.model.digest = Some("sha256:0f".to_owned());
        let texts = texts.iter().map(|n| Digest::from_bytes([*n; 32])).collect();
        let canary = Some(Canary { version: 1, max_tokens: 16, texts });
        result.evidence = Some(Evidence { checks: Vec::new(), canary });
        result
    }

    /// A swapped model: the digest of one, the texts of another.
    #[test]
    fn other_texts_under_one_digest_fail() {
        let (own, other) = (Digest::of(b"own"), Digest::of(b"other"));
        let outcome = |known: &[(Digest, RunResult)]| {
            same_arithmetic(&own, &result(&[1, 2, 3]), known).outcome
        };
        assert_eq!(outcome(&[(other, result(&[1, 2, 9]))]), CheckOutcome::Pass);
        assert_eq!(outcome(&[(other, result(&[7, 8, 9]))]), CheckOutcome::Fail);
        assert_eq!(outcome(&[(own, result(&[7, 8, 9]))]), CheckOutcome::Unknown);
        let mut named = result(&[7, 8, 9]);
        named.model.digest = Some("sha256:1e".to_owned());
        assert_eq!(outcome(&[(other, named)]), CheckOutcome::Unknown);
    }
}
