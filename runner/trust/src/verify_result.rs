//! Checking a sealed result. Fails closed.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;
use tachograph_model::{Digest, RunResult, schema};

use crate::{
    PublicKey, TrustError, TrustedComment, canonical_json, seal::result_comment, signature,
};

/// The most bytes that a result may have: 64 MiB.
pub const MAX_RESULT_BYTES: usize = 64 << 20;

/// A result whose seal holds.
///
/// The seal proves that the holder of the key in `sealed_by` claims these
/// bytes, and that nobody changed them since; not that the run took place.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedResult {
    /// What the result says.
    pub result: RunResult,
    /// The SHA-256 of its bytes.
    pub run_id: Digest,
    /// The id of the key that sealed it.
    pub key_id: String,
    /// The signed comment.
    pub trusted_comment: TrustedComment,
}

/// Checks a result as it was stored: the schema, the exact canonical form, the
/// signature by the key in `sealed_by`, and the signed comment against the
/// body. `file` names the result in messages; its signature is `file.minisig`.
///
/// # Errors
/// The first thing that does not hold. The key is inside, so the bytes are
/// parsed first; nothing of them is handed out before the signature holds.
pub fn verify_result(
    bytes: &[u8],
    signature_text: &[u8],
    file: &str,
) -> Result<VerifiedResult, TrustError> {
    let invalid = |at: &str, message: String| TrustError::Result {
        file: file.to_owned(),
        at: at.to_owned(),
        message,
    };
    if bytes.len() > MAX_RESULT_BYTES {
        return Err(invalid("", format!("it is larger than {MAX_RESULT_BYTES} bytes")));
    }
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| invalid("", error.to_string()))?;
    check_schema(&value).map_err(|(at, message)| invalid(&at, message))?;
    let result: RunResult =
        serde_json::from_value(value).map_err(|error| invalid("", error.to_string()))?;
    if result.kind != "result" {
        return Err(invalid("/kind", "a result has kind \"result\"".to_owned()));
    }
    if result.schema != 1 {
        return Err(invalid("/schema", "this build reads schema 1".to_owned()));
    }
    // From the typed value: unknown, repeated and reordered keys all show.
    let canonical = canonical_json(&result).map_err(|error| invalid("", error.to_string()))?;
    if canonical != bytes {
        let same = bytes.iter().zip(&canonical).take_while(|(a, b)| a == b).count();
        return Err(TrustError::NotCanonical { file: file.to_owned(), offset: same });
    }
    let key = PublicKey::parse(&result.sealed_by)
        .ok()
        .filter(|key| key.to_text() == result.sealed_by)
        .ok_or_else(|| invalid("/sealed_by", "it is not the base64 of a public key".to_owned()))?;
    let signature_file = format!("{file}.minisig");
    let trusted_comment = signature::verify(bytes, signature_text, &key).map_err(|source| {
        TrustError::Signature { file: format!("{file}: with {signature_file}"), source }
    })?;
    let run_id = Digest::of(bytes);
    let expected = result_comment(&result, &run_id);
    if trusted_comment.0 != expected {
        let found = trusted_comment.0;
        return Err(TrustError::Comment { file: signature_file, expected, found });
    }
    Ok(VerifiedResult { result, run_id, key_id: key.key_id(), trusted_comment })
}

fn check_schema(value: &Value) -> Result<(), (String, String)> {
    static VALIDATOR: LazyLock<Option<Validator>> =
        LazyLock::new(|| jsonschema::validator_for(&schema::find("result")?).ok());
    let validator = VALIDATOR
        .as_ref()
        .ok_or_else(|| (String::new(), "this build has no schema of results".to_owned()))?;
    validator.validate(value).map_err(|error| {
        let at = error.instance_path().to_string();
        // Without the value, which can be the whole document.
        (at, error.masked_with("the value").to_string().chars().take(300).collect())
    })
}

#[cfg(test)]
mod tests;
