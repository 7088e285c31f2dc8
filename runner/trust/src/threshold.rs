//! Signatures by several keys: so many different keys, over the same bytes.

use crate::{PublicKey, SignedDocument, TrustError, TrustedComment, signature};

/// The keys of a role, and how many of them have to sign.
#[derive(Debug, Clone)]
pub(crate) struct RoleKeys {
    /// The role's name, for messages.
    pub(crate) role: &'static str,
    pub(crate) threshold: u32,
    pub(crate) keys: Vec<PublicKey>,
}

/// Verifies the bytes of a document by the keys of a role, before anything of
/// them is parsed; the answer is the comment that every signature covers.
///
/// Signatures by other keys count for nothing and do no harm: a root carries
/// those of two roots. A signature by a key of the role that does not hold is
/// an error even when there are enough without it: somebody changed a file.
pub(crate) fn verify_threshold(
    document: &SignedDocument,
    role: &RoleKeys,
) -> Result<TrustedComment, TrustError> {
    let refused = |source| TrustError::Signature { file: document.file.clone(), source };
    let mut signers: Vec<&PublicKey> = Vec::new();
    let mut comment: Option<TrustedComment> = None;
    for text in &document.signatures {
        let claimed = signature::claimed_key(text).map_err(refused)?;
        let Some(key) = role.keys.iter().find(|key| key.key_id() == claimed) else { continue };
        let covered = signature::verify(&document.bytes, text, key).map_err(refused)?;
        if let Some(first) = &comment
            && *first != covered
        {
            return Err(TrustError::Comment {
                file: document.file.clone(),
                expected: first.0.clone(),
                found: covered.0,
            });
        }
        comment = Some(covered);
        // One key is one voice, however often it signs.
        if !signers.contains(&key) {
            signers.push(key);
        }
    }
    match comment {
        Some(comment) if signers.len() >= role.threshold as usize => Ok(comment),
        _ => Err(TrustError::Threshold {
            file: document.file.clone(),
            role: role.role,
            found: signers.len(),
            needed: role.threshold,
        }),
    }
}
