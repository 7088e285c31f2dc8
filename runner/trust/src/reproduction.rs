//! Sealing and checking a counter-result: what somebody found who measured a
//! result again.

use tachograph_model::Reproduction;

use crate::{PublicKey, RunKey, TrustError, canonical_json, signature};

/// The most bytes that a reproduction may have: 4 MiB.
pub const MAX_REPRODUCTION_BYTES: usize = 4 << 20;

/// A reproduction as it is written to disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedReproduction {
    /// The canonical JSON, the exact bytes of `reproduction.json`.
    pub bytes: Vec<u8>,
    /// The text of `reproduction.json.minisig`.
    pub signature_text: String,
}

/// The comment that a reproduction's signature covers:
/// `kind=reproduction answers=<64 hex> by=<64 hex or none>`.
pub fn reproduction_comment(reproduction: &Reproduction) -> String {
    let by = reproduction.by.map_or_else(|| "none".to_owned(), |run| run.hex());
    format!("kind=reproduction answers={} by={by}", reproduction.answers.hex())
}

/// Seals a reproduction with the run key, whose public half is put into
/// `sealed_by`. Stock `minisign -V` can check the seal.
///
/// # Errors
/// What [`verify_reproduction`] refuses is never handed out.
pub fn seal_reproduction(
    reproduction: &Reproduction,
    key: &RunKey,
) -> Result<SealedReproduction, TrustError> {
    const FILE: &str = "reproduction.json";
    let mut reproduction = reproduction.clone();
    reproduction.sealed_by = key.public_key().to_text();
    let bytes = canonical_json(&reproduction).map_err(|error| invalid(FILE, "", error))?;
    let signature_text = key
        .secret()
        .sign(&bytes, &reproduction_comment(&reproduction))
        .map_err(|source| TrustError::Key { file: key.path().display().to_string(), source })?;
    verify_reproduction(&bytes, signature_text.as_bytes(), FILE)?;
    Ok(SealedReproduction { bytes, signature_text })
}

/// Checks a reproduction as it was stored: form, canonical bytes, signature by
/// the key in `sealed_by`, and the signed comment against the body. `file` names
/// it in messages.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_reproduction(
    bytes: &[u8],
    signature_text: &[u8],
    file: &str,
) -> Result<Reproduction, TrustError> {
    if bytes.len() > MAX_REPRODUCTION_BYTES {
        return Err(invalid(file, "", format!("it is larger than {MAX_REPRODUCTION_BYTES} bytes")));
    }
    let read: Reproduction =
        serde_json::from_slice(bytes).map_err(|error| invalid(file, "", error))?;
    if read.kind != "reproduction" {
        return Err(invalid(file, "/kind", "a reproduction has kind \"reproduction\""));
    }
    if read.schema != 1 {
        return Err(invalid(file, "/schema", "this build reads schema 1"));
    }
    let canonical = canonical_json(&read).map_err(|error| invalid(file, "", error))?;
    if canonical != bytes {
        let offset = bytes.iter().zip(&canonical).take_while(|(a, b)| a == b).count();
        return Err(TrustError::NotCanonical { file: file.to_owned(), offset });
    }
    let key = PublicKey::parse(&read.sealed_by)
        .ok()
        .filter(|key| key.to_text() == read.sealed_by)
        .ok_or_else(|| invalid(file, "/sealed_by", "it is not the base64 of a public key"))?;
    let signature_file = format!("{file}.minisig");
    let found = signature::verify(bytes, signature_text, &key).map_err(|source| {
        TrustError::Signature { file: format!("{file}: with {signature_file}"), source }
    })?;
    let expected = reproduction_comment(&read);
    if found.0 != expected {
        return Err(TrustError::Comment { file: signature_file, expected, found: found.0 });
    }
    Ok(read)
}

fn invalid(file: &str, at: &str, message: impl ToString) -> TrustError {
    TrustError::Result { file: file.to_owned(), at: at.to_owned(), message: message.to_string() }
}

#[cfg(test)]
mod tests {
    use tachograph_model::{Digest, ReproductionVerdict};

    use super::*;

    fn reproduction() -> Reproduction {
        Reproduction {
            kind: "reproduction".into(),
            schema: 1,
            answers: Digest::of(b"original"),
            answers_key: "RWQ".into(),
            by: Some(Digest::of(b"new")),
            suite: format!("suite-x@{}", Digest::of(b"suite")).parse().unwrap(),
            verdict: ReproductionVerdict::NotReproduced,
            reasons: vec!["decode_tps is 0.5 times the claim".into()],
            differences: Vec::new(),
            figures: Vec::new(),
            canary: None,
            made_unix_s: 1_795_000_000,
            sealed_by: String::new(),
        }
    }

    #[test]
    fn a_sealed_reproduction_is_read_back_and_no_byte_may_change() {
        let key = RunKey::ephemeral().unwrap();
        let sealed = seal_reproduction(&reproduction(), &key).unwrap();
        let signature = sealed.signature_text.as_bytes();
        let read = verify_reproduction(&sealed.bytes, signature, "r.json").unwrap();
        assert_eq!(read.sealed_by, key.public_key().to_text());
        assert_eq!(read.verdict, ReproductionVerdict::NotReproduced);
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[at] ^= 1;
            assert!(verify_reproduction(&changed, signature, "r.json").is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_seal_of_one_answer_does_not_fit_another() {
        let key = RunKey::ephemeral().unwrap();
        let one = seal_reproduction(&reproduction(), &key).unwrap();
        let other = Reproduction { by: None, ..reproduction() };
        let other = seal_reproduction(&other, &key).unwrap();
        let signature = one.signature_text.as_bytes();
        let error = verify_reproduction(&other.bytes, signature, "r.json").unwrap_err();
        assert_eq!(error.code(), "signature-mismatch");
    }
}
