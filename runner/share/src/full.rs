//! The full form: the sealed result and its seal, nothing changed.

use crate::ShareError;

/// The sealed result and its seal as one document. `file` names the result in
/// messages.
///
/// # Errors
/// The seal does not hold.
pub fn full(result: &[u8], signature: &[u8], file: &str) -> Result<Vec<u8>, ShareError> {
    Ok(tachograph_trust::share(result, signature, file)?)
}
