//! Minisign signatures, read strictly.
//!
//! A `.minisig` is accepted in exactly one spelling: four lines of ASCII, each
//! ended by one line feed, the untrusted comment that stock `minisign` writes,
//! canonical base64, a prehashed Ed25519 signature. The crate `minisign` parses
//! more than that, and panics on a short fourth line; the checks here run first.

use std::{collections::BTreeMap, fmt, io::Cursor, str};

use minisign::SignatureBox;

use crate::PublicKey;

/// The most bytes that a signature file may have.
pub const MAX_SIGNATURE_BYTES: usize = 1024;

/// The most bytes that a trusted comment may have.
pub(crate) const MAX_COMMENT_BYTES: usize = 256;

/// What stock `minisign` writes; not covered by any signature, hence fixed.
pub(crate) const UNTRUSTED_COMMENT: &str = "signature from minisign secret key";

const UNTRUSTED_PREFIX: &str = "untrusted comment: ";
const TRUSTED_PREFIX: &str = "trusted comment: ";
/// Algorithm (2), key id (8) and signature (64): digits and padding.
const SIGNATURE_BASE64: (usize, usize) = (99, 1);
/// The signature over signature and trusted comment (64): digits and padding.
const GLOBAL_BASE64: (usize, usize) = (86, 2);

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Over [`MAX_SIGNATURE_BYTES`].
    #[error("it has {0} bytes, and a signature has at most {MAX_SIGNATURE_BYTES}")]
    TooLarge(usize),
    /// Not the one accepted spelling.
    #[error("it is not a signature as `minisign` writes it: {0}")]
    Malformed(&'static str),
    /// The old algorithm, which signs the bytes and not their hash.
    #[error("it is a legacy signature; only prehashed ones are accepted")]
    Legacy,
    /// Made by another key.
    #[error("it was made with key {found}, and the key asked for is {expected}")]
    WrongKey {
        /// The key id in the signature.
        found: String,
        /// The key id that was asked for.
        expected: String,
    },
    /// The signature does not belong to these bytes.
    #[error("the signature does not match: the signed bytes or the signature were changed")]
    Mismatch,
}

impl SignatureError {
    /// The stable code: `signature-malformed`, `signature-legacy`,
    /// `signature-wrong-key` or `signature-mismatch`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) | Self::Malformed(_) => "signature-malformed",
            Self::Legacy => "signature-legacy",
            Self::WrongKey { .. } => "signature-wrong-key",
            Self::Mismatch => "signature-mismatch",
        }
    }
}

/// The comment that a signature covers: `kind=suite name=suite-v2 version=2.0.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedComment(pub String);

impl TrustedComment {
    /// The words of the form `key=value`; other words are left out.
    pub fn fields(&self) -> BTreeMap<&str, &str> {
        self.0.split(' ').filter_map(|word| word.split_once('=')).collect()
    }
}

impl fmt::Display for TrustedComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a signature over some bytes; the answer is its trusted comment.
///
/// # Errors
/// Everything but the one accepted spelling by the given key is refused; see
/// [`SignatureError`]. It never panics, whatever the signature's bytes are.
pub fn verify(
    bytes: &[u8],
    signature_text: &[u8],
    key: &PublicKey,
) -> Result<TrustedComment, SignatureError> {
    let text = strict_text(signature_text)?;
    let parsed = SignatureBox::from_string(text)
        .map_err(|_| SignatureError::Malformed("its base64 does not decode"))?;
    if !parsed.is_prehashed() {
        return Err(SignatureError::Legacy);
    }
    if parsed.to_string() != text {
        return Err(SignatureError::Malformed("its base64 is not canonical"));
    }
    let found = crate::keys::key_id(parsed.keynum());
    if found != key.key_id() {
        return Err(SignatureError::WrongKey { found, expected: key.key_id() });
    }
    minisign::verify(key.inner(), &parsed, Cursor::new(bytes), true, false, false)
        .map_err(|_| SignatureError::Mismatch)?;
    let comment = parsed.trusted_comment().map_err(|_| SignatureError::Mismatch)?;
    Ok(TrustedComment(comment))
}

/// The id of the key that a signature claims; for choosing among trusted keys.
pub(crate) fn claimed_key(signature_text: &[u8]) -> Result<String, SignatureError> {
    let text = strict_text(signature_text)?;
    SignatureBox::from_string(text)
        .map(|parsed| crate::keys::key_id(parsed.keynum()))
        .map_err(|_| SignatureError::Malformed("its base64 does not decode"))
}

fn strict_text(bytes: &[u8]) -> Result<&str, SignatureError> {
    use SignatureError::Malformed;
    if bytes.len() > MAX_SIGNATURE_BYTES {
        return Err(SignatureError::TooLarge(bytes.len()));
    }
    if !bytes.iter().all(|&b| b == b'\n' || (b' '..=b'~').contains(&b)) {
        return Err(Malformed("it holds a byte that is not printable ASCII"));
    }
    let text = str::from_utf8(bytes).map_err(|_| Malformed("it is not ASCII"))?;
    let body = text.strip_suffix('\n').ok_or(Malformed("its last line has no end"))?;
    let lines: Vec<&str> = body.split('\n').collect();
    let [untrusted, signature, trusted, global] = lines[..] else {
        return Err(Malformed("it does not have exactly four lines"));
    };
    if untrusted.strip_prefix(UNTRUSTED_PREFIX) != Some(UNTRUSTED_COMMENT) {
        return Err(Malformed("its first line is not the one that `minisign` writes"));
    }
    if !is_base64(signature, SIGNATURE_BASE64) {
        return Err(Malformed("its second line is not 74 bytes in base64"));
    }
    let comment = trusted
        .strip_prefix(TRUSTED_PREFIX)
        .ok_or(Malformed("its third line is not a trusted comment"))?;
    check_comment(comment).map_err(Malformed)?;
    if !is_base64(global, GLOBAL_BASE64) {
        return Err(Malformed("its fourth line is not 64 bytes in base64"));
    }
    Ok(text)
}

/// Whether a text can be a trusted comment; the signer asks the same.
pub(crate) fn check_comment(comment: &str) -> Result<(), &'static str> {
    if comment.len() > MAX_COMMENT_BYTES {
        return Err("its trusted comment is longer than 256 bytes");
    }
    if !comment.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err("its trusted comment is not printable ASCII");
    }
    if comment.trim() != comment {
        return Err("its trusted comment begins or ends with a space");
    }
    Ok(())
}

/// Whether a text is this many digits of base64 and this much padding. With
/// the padding left open, 65 bytes would pass for 64 and one more.
pub(crate) fn is_base64(text: &str, (digits, padding): (usize, usize)) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let body = text.trim_end_matches('=');
    body.len() == digits && text.len() == digits + padding && body.bytes().all(good)
}

#[cfg(test)]
mod tests;
