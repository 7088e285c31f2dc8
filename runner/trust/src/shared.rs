//! A sealed result and its seal in one document.

use tachograph_model::SharedResult;

use crate::{MAX_RESULT_BYTES, MAX_SIGNATURE_BYTES, TrustError, canonical_json, verify_result};

const KIND: &str = "shared-result";
const SCHEMA: u32 = 1;
/// What the document has beside the result; a seal in JSON takes two bytes for
/// some of its characters.
const ENVELOPE_BYTES: usize = 2 * MAX_SIGNATURE_BYTES + 256;

/// The two files that a shared result holds, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFiles {
    /// The bytes of `result.json`.
    pub result: Vec<u8>,
    /// The bytes of `result.json.minisig`.
    pub signature: Vec<u8>,
}

/// Puts a result and its seal into one document, canonical JSON, of which the
/// result's own bytes are a part. `file` names the result in messages.
///
/// # Errors
/// The seal does not hold: what others would refuse is not handed out.
pub fn share(result: &[u8], signature: &[u8], file: &str) -> Result<Vec<u8>, TrustError> {
    let verified = verify_result(result, signature, file)?;
    // A signature that holds is ASCII.
    let seal = String::from_utf8_lossy(signature).into_owned();
    let shared =
        SharedResult { kind: KIND.to_owned(), schema: SCHEMA, result: verified.result, seal };
    canonical_json(&shared).map_err(|error| invalid(file, "", error.to_string()))
}

/// Takes such a document apart, however it is spaced. Nothing is verified: the
/// parts are then what [`verify_result`] reads.
///
/// # Errors
/// [`TrustError::Result`] when it is no such document.
pub fn open_shared(bytes: &[u8], file: &str) -> Result<SharedFiles, TrustError> {
    // Indented, a document takes several times the room.
    let limit = 8 * (MAX_RESULT_BYTES + ENVELOPE_BYTES);
    if bytes.len() > limit {
        return Err(invalid(file, "", format!("it is larger than {limit} bytes")));
    }
    let shared: SharedResult =
        serde_json::from_slice(bytes).map_err(|error| invalid(file, "", error.to_string()))?;
    if shared.kind != KIND {
        return Err(invalid(file, "/kind", format!("a shared result has kind \"{KIND}\"")));
    }
    if shared.schema != SCHEMA {
        return Err(invalid(file, "/schema", format!("this build reads schema {SCHEMA}")));
    }
    let result = canonical_json(&shared.result)
        .map_err(|error| invalid(file, "/result", error.to_string()))?;
    Ok(SharedFiles { result, signature: shared.seal.into_bytes() })
}

fn invalid(file: &str, at: &str, message: String) -> TrustError {
    TrustError::Result { file: file.to_owned(), at: at.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunKey, Sealed, fixture, seal};

    fn sealed() -> Sealed {
        seal(&fixture::result(), &RunKey::ephemeral().unwrap()).unwrap()
    }

    #[test]
    fn the_sealed_bytes_come_back_however_it_is_spaced() {
        let sealed = sealed();
        let shared = share(&sealed.bytes, sealed.signature_text.as_bytes(), "r.json").unwrap();
        let inside = shared.windows(sealed.bytes.len()).any(|part| part == sealed.bytes);
        assert!(inside, "the result's own bytes are a part");
        let value: serde_json::Value = serde_json::from_slice(&shared).unwrap();
        for text in [shared, serde_json::to_vec_pretty(&value).unwrap()] {
            let files = open_shared(&text, "s.json").unwrap();
            assert_eq!(files.result, sealed.bytes);
            assert_eq!(files.signature, sealed.signature_text.as_bytes());
        }
    }

    #[test]
    fn a_changed_result_is_neither_shared_nor_believed() {
        let sealed = sealed();
        let signature = sealed.signature_text.as_bytes();
        let mut changed = sealed.bytes.clone();
        let at = changed.windows(4).position(|part| part == b"tiny").unwrap();
        changed[at] = b'T';
        assert!(share(&changed, signature, "r.json").is_err());

        let shared = share(&sealed.bytes, signature, "r.json").unwrap();
        let changed = String::from_utf8(shared).unwrap().replace("\"tiny\"", "\"huge\"");
        let files = open_shared(changed.as_bytes(), "s.json").unwrap();
        assert!(verify_result(&files.result, &files.signature, "s.json").is_err());
    }

    #[test]
    fn what_is_no_shared_result_is_refused() {
        let sealed = sealed();
        let shared = share(&sealed.bytes, sealed.signature_text.as_bytes(), "r.json").unwrap();
        let text = String::from_utf8(shared).unwrap();
        for (bad, at) in [
            (text.replace(KIND, "shared"), "/kind"),
            (text.replace("\"schema\":1,\"seal\"", "\"schema\":2,\"seal\""), "/schema"),
            (text.replace("\"seal\":", "\"tape\":1,\"seal\":"), ""),
            (String::from_utf8(sealed.bytes).unwrap(), ""),
            ("[]".to_owned(), ""),
        ] {
            assert_ne!(bad, text);
            let error = open_shared(bad.as_bytes(), "s.json").unwrap_err();
            assert!(error.to_string().contains(&format!("`{at}`")), "{error}");
        }
    }
}
