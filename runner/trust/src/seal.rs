//! Sealing a result: canonical bytes, a run id and a signature.

use tachograph_model::{Digest, RunResult};

use crate::{RunKey, TrustError, canonical_json, verify_result};

/// A result as it is written to disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The canonical JSON, the exact bytes of `result.json`.
    pub bytes: Vec<u8>,
    /// The text of `result.json.minisig`.
    pub signature_text: String,
    /// The SHA-256 of the bytes.
    pub run_id: Digest,
}

/// The comment that a result's signature covers:
/// `kind=result run=<64 hex> suite=<pin>`, and for a result that answers a
/// challenge ` challenge=<16 hex>`, the first digits of the digest of its text.
pub fn result_comment(result: &RunResult, run_id: &Digest) -> String {
    let challenge = result.challenge.as_ref().map_or_else(String::new, |challenge| {
        format!(" challenge={}", &Digest::of(challenge.value.as_bytes()).hex()[..16])
    });
    format!("kind=result run={} suite={}{challenge}", run_id.hex(), result.suite.pin)
}

/// Seals a result with the run key, whose public half is put into
/// `sealed_by`, whatever stood there. Stock `minisign -V` can check the seal.
///
/// # Errors
/// The result does not have the form of one, for example for a whole number
/// beyond 2^53: what [`verify_result`] refuses is never handed out.
pub fn seal(result: &RunResult, key: &RunKey) -> Result<Sealed, TrustError> {
    const FILE: &str = "result.json";
    let mut result = result.clone();
    result.sealed_by = key.public_key().to_text();
    let bytes = canonical_json(&result).map_err(|error| TrustError::Result {
        file: FILE.to_owned(),
        at: String::new(),
        message: error.to_string(),
    })?;
    let run_id = Digest::of(&bytes);
    let signature_text = key
        .secret()
        .sign(&bytes, &result_comment(&result, &run_id))
        .map_err(|source| TrustError::Key { file: key.path().display().to_string(), source })?;
    let checked = verify_result(&bytes, signature_text.as_bytes(), FILE)?;
    if checked.result != result {
        return Err(TrustError::Result {
            file: FILE.to_owned(),
            at: String::new(),
            message: "it does not survive its own JSON".to_owned(),
        });
    }
    Ok(Sealed { bytes, signature_text, run_id })
}
