//! Public keys in minisign's text forms, and what can be wrong with a key.

use std::{fmt, path::Path};

use crate::{TrustError, disk, signature};

const COMMENT_PREFIX: &str = "untrusted comment: ";
/// Algorithm (2), key id (8) and key (32): digits and padding.
const PUBLIC_BASE64: (usize, usize) = (56, 0);
/// The most bytes that a key file may have.
pub(crate) const MAX_KEY_BYTES: usize = 1024;

/// Why a text is not a key, or why signing failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a public key.
    #[error("it is not a minisign public key: {0}")]
    Public(&'static str),
    /// Not a secret key.
    #[error("it is not a minisign secret key: {0}")]
    Secret(&'static str),
    /// A secret key with a password.
    #[error("the secret key is encrypted")]
    Encrypted,
    /// Others may read the secret key.
    #[error("other users may read the secret key")]
    Exposed,
    /// The trusted comment cannot be signed.
    #[error("the trusted comment cannot be signed: {0}")]
    Comment(&'static str),
    /// The system gave no randomness, or signing failed.
    #[error("the key could not be made or used: {0}")]
    Failed(String),
}

impl KeyError {
    /// The stable code: `key-malformed`, `key-encrypted`, `key-exposed`,
    /// `comment-malformed` or `key-failed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Public(_) | Self::Secret(_) => "key-malformed",
            Self::Encrypted => "key-encrypted",
            Self::Exposed => "key-exposed",
            Self::Comment(_) => "comment-malformed",
            Self::Failed(_) => "key-failed",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Encrypted => Some("remove its password with `minisign -C -W -s KEY` on a copy"),
            Self::Exposed => Some("`chmod 600` it, and make a new one if it was ever shared"),
            Self::Public(_) => Some("a public key is the second line of a `.pub` file"),
            _ => None,
        }
    }
}

/// A public key.
#[derive(Clone)]
pub struct PublicKey(pub(crate) minisign::PublicKey);

impl PublicKey {
    /// Reads the two lines of a `.pub` file, or the base64 line alone.
    ///
    /// # Errors
    /// Refuses anything but one Ed25519 key in canonical base64.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_KEY_BYTES {
            return Err(KeyError::Public("it is longer than 1 KiB"));
        }
        let text = text.strip_suffix('\n').unwrap_or(text);
        let base64 = match text.split_once('\n') {
            None => text,
            Some((comment, line)) if comment.starts_with(COMMENT_PREFIX) => line,
            Some(_) => return Err(KeyError::Public("it has neither one line nor two")),
        };
        if !signature::is_base64(base64, PUBLIC_BASE64) {
            return Err(KeyError::Public("it is not 42 bytes in base64"));
        }
        let key = minisign::PublicKey::from_base64(base64)
            .map_err(|_| KeyError::Public("its base64 does not decode"))?;
        if !key.to_bytes().starts_with(b"Ed") {
            return Err(KeyError::Public("it is not an Ed25519 key"));
        }
        if key.to_base64() != base64 {
            return Err(KeyError::Public("its base64 is not canonical"));
        }
        Ok(Self(key))
    }

    /// Reads a `.pub` file.
    ///
    /// # Errors
    /// The file cannot be read, or [`PublicKey::parse`] refuses it.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let file = path.display().to_string();
        let text = disk::read_text(path, MAX_KEY_BYTES as u64)
            .map_err(|source| TrustError::io(path, source))?;
        Self::parse(&text).map_err(|source| TrustError::Key { file, source })
    }

    /// The base64 line, without a line feed.
    pub fn to_text(&self) -> String {
        self.0.to_base64()
    }

    /// The two lines of a `.pub` file.
    pub fn to_file_text(&self) -> String {
        format!("{COMMENT_PREFIX}minisign public key {}\n{}\n", self.key_id(), self.to_text())
    }

    /// The key id, 16 hexadecimal digits. For people: ids are chosen by whoever
    /// makes a key, and prove nothing.
    pub fn key_id(&self) -> String {
        key_id(self.0.keynum())
    }

    pub(crate) fn inner(&self) -> &minisign::PublicKey {
        &self.0
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.to_text() == other.to_text()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.to_text())
    }
}

/// Key ids are little-endian numbers, shown in upper-case hexadecimal.
pub(crate) fn key_id(bytes: &[u8]) -> String {
    bytes.iter().rev().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn public_keys_are_read_in_both_forms() {
        let public = fixture::key().public_key().unwrap();
        let line = public.to_text();
        for text in [line.clone(), format!("{line}\n"), public.to_file_text()] {
            assert_eq!(PublicKey::parse(&text).unwrap(), public);
        }
        assert_eq!(public.key_id().len(), 16);
    }

    #[test]
    fn every_changed_byte_of_a_public_key_gives_another_key_or_none() {
        let public = fixture::key().public_key().unwrap();
        let line = public.to_text();
        for at in 0..line.len() {
            for change in 1..=255u8 {
                let mut bytes = line.clone().into_bytes();
                bytes[at] ^= change;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let parsed = PublicKey::parse(&text);
                assert!(parsed.is_err() || parsed.as_ref() != Ok(&public), "byte {at} ^ {change}");
            }
        }
        for end in 0..line.len() {
            assert!(PublicKey::parse(&line[..end]).is_err());
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let line = fixture::key().public_key().unwrap().to_text();
        let other_algorithm = line.replacen("RW", "RU", 1);
        let long = format!("{line}{}", "\n".repeat(2000));
        for text in [
            "",
            "\n",
            "key\n",
            &format!("mine\n{line}"),
            &format!("{line}\r\n"),
            &other_algorithm,
            &long,
        ] {
            assert_eq!(PublicKey::parse(text).unwrap_err().code(), "key-malformed", "{text:?}");
        }
    }

    #[test]
    fn the_embedded_key_is_a_key() {
        assert!(crate::development_key().is_some());
        assert!(crate::builtin::DEVELOPMENT_KEY.contains("DEVELOPMENT"));
    }
}
