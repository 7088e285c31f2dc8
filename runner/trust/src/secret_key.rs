//! Secret keys without a password.

use std::{fmt, io, path::Path};

use minisign::KeyPair;

use crate::{
    KeyError, PublicKey, TrustError, disk,
    keys::{MAX_KEY_BYTES, key_id},
    signature::{self, TrustedComment, UNTRUSTED_COMMENT},
};

/// Algorithms (6), salt (32), limits (16), key id (8), key (64), checksum (32).
const SECRET_BYTES: usize = 158;
const CHECKSUM_BYTES: usize = 32;

/// A secret key without a password. Its bytes are never printed.
#[derive(Clone)]
pub struct SecretKey(minisign::SecretKey);

impl SecretKey {
    /// Makes a new key from the system's randomness.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate_unencrypted_keypair()
            .map(|pair| Self(pair.sk))
            .map_err(|error| KeyError::Failed(error.to_string()))
    }

    /// Reads the two lines of a secret key file.
    ///
    /// # Errors
    /// Refuses keys with a password ([`KeyError::Encrypted`]) and damaged ones.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_KEY_BYTES {
            return Err(KeyError::Secret("it is longer than 1 KiB"));
        }
        let base64 = text.lines().nth(1).ok_or(KeyError::Secret("it has no second line"))?;
        let bytes = decode_base64(base64).ok_or(KeyError::Secret("its base64 does not decode"))?;
        match (bytes.len(), bytes.get(..4)) {
            (SECRET_BYTES, Some(b"Ed\0\0")) => {}
            (SECRET_BYTES, Some(b"EdSc")) => return Err(KeyError::Encrypted),
            (SECRET_BYTES, _) => return Err(KeyError::Secret("it is not an Ed25519 key")),
            _ => return Err(KeyError::Secret("it is not 158 bytes in base64")),
        }
        // Stock `minisign -W` leaves the checksum at zeros; the crate insists on it.
        let key = if bytes[SECRET_BYTES - CHECKSUM_BYTES..].iter().all(|&byte| byte == 0) {
            minisign::SecretKey::from_bytes(&bytes)
        } else {
            minisign::SecretKeyBox::from_string(text)
                .and_then(minisign::SecretKey::from_unencrypted_box)
        };
        let key = key.map(Self).map_err(|_| KeyError::Secret("its checksum does not hold"))?;
        // Without a checksum, this shows whether its halves belong together.
        key.sign(b"", "").map_err(|_| KeyError::Secret("its two halves do not belong together"))?;
        Ok(key)
    }

    /// Reads a secret key file.
    ///
    /// # Errors
    /// The file cannot be read, or [`SecretKey::parse`] refuses it.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let text = disk::read_text(path, MAX_KEY_BYTES as u64)
            .map_err(|source| TrustError::io(path, source))?;
        Self::parse(&text)
            .map_err(|source| TrustError::Key { file: path.display().to_string(), source })
    }

    /// [`SecretKey::load`] for a key that only its owner can read.
    ///
    /// # Errors
    /// As [`SecretKey::load`], and [`KeyError::Exposed`] when others may read it.
    pub fn load_private(path: &Path) -> Result<Self, TrustError> {
        check_private(path)?;
        Self::load(path)
    }

    /// Writes the key, readable by its owner only, replacing what is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrustError> {
        let text = self
            .to_file_text()
            .map_err(|source| TrustError::Key { file: path.display().to_string(), source })?;
        disk::write_private(path, text.as_bytes()).map_err(|source| TrustError::io(path, source))
    }

    /// Writes the key unless something is there already; `false` then.
    pub(crate) fn save_new(&self, path: &Path) -> Result<bool, TrustError> {
        let text = self
            .to_file_text()
            .map_err(|source| TrustError::Key { file: path.display().to_string(), source })?;
        match disk::create_private(path, text.as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(TrustError::io(path, source)),
        }
    }

    /// The public half.
    ///
    /// # Errors
    /// The secret key does not hold one.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        minisign::PublicKey::from_secret_key(&self.0)
            .map(PublicKey)
            .map_err(|error| KeyError::Failed(error.to_string()))
    }

    /// Signs some bytes; the answer is the text of a `.minisig` file.
    ///
    /// # Errors
    /// The comment is not printable ASCII of at most 256 bytes without spaces
    /// at its ends, or the new signature does not verify.
    pub fn sign(&self, bytes: &[u8], trusted_comment: &str) -> Result<String, KeyError> {
        signature::check_comment(trusted_comment).map_err(KeyError::Comment)?;
        let public = self.public_key()?;
        let failed = |error: minisign::PError| KeyError::Failed(error.to_string());
        let text = minisign::sign(
            Some(public.inner()),
            &self.0,
            bytes,
            Some(trusted_comment),
            Some(UNTRUSTED_COMMENT),
        )
        .map_err(failed)?
        .into_string();
        // What is refused by the reader must never leave the writer.
        match signature::verify(bytes, text.as_bytes(), &public) {
            Ok(TrustedComment(comment)) if comment == trusted_comment => Ok(text),
            Ok(_) => Err(KeyError::Failed("the signature has another comment".into())),
            Err(error) => Err(KeyError::Failed(error.to_string())),
        }
    }

    fn to_file_text(&self) -> Result<String, KeyError> {
        self.0
            .to_box(Some("minisign secret key"))
            .map(|text| text.into_string())
            .map_err(|error| KeyError::Failed(error.to_string()))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", key_id(self.0.keynum()))
    }
}

#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), TrustError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|source| TrustError::io(path, source))?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(TrustError::Key { file: path.display().to_string(), source: KeyError::Exposed }),
    }
}

/// A user's own folders are private there.
#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), TrustError> {
    Ok(())
}

/// Plain base64 with padding; `None` for anything else.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for b in body.bytes() {
        bits = bits << 6 | u32::from(digit(b)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixture;

    #[test]
    fn secret_keys_survive_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suite.key");
        let secret = fixture::key();
        secret.save(&path).unwrap();
        let loaded = SecretKey::load(&path).unwrap();
        assert_eq!(loaded.public_key().unwrap(), secret.public_key().unwrap());
        let text = fs::read_to_string(&path).unwrap();
        assert!(!format!("{secret:?}").contains(text.lines().nth(1).unwrap()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn encrypted_and_damaged_secret_keys_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suite.key");
        let secret = fixture::key();
        secret.save(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        // `Ed` and two zeros, or `EdSc`.
        let encrypted = text.replacen("\nRWQAAE", "\nRWRTY0", 1);
        assert_ne!(encrypted, text);
        fs::write(&path, &encrypted).unwrap();
        let error = SecretKey::load(&path).unwrap_err();
        assert_eq!(error.code(), "key-encrypted");
        assert!(error.to_string().contains("suite.key"), "{error}");
        assert!(error.hint().is_some());
        for at in text.find('\n').unwrap() + 1..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = SecretKey::parse(&String::from_utf8(bytes).unwrap());
            // The salt and the limits mean nothing without a password.
            let same = changed
                .as_ref()
                .is_ok_and(|key| key.public_key().unwrap() == secret.public_key().unwrap());
            assert!(changed.is_err() || same, "byte {at}");
        }
    }

    /// Made by `minisign -G -W` 0.11 for this test; it signs nothing else.
    #[test]
    fn a_key_of_stock_minisign_without_a_password_is_read() {
        const KEY: &str = "untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAe7G2UoJ3bycFggFfl8N/Xj8bZNL5QXh7aCa19XyIHtj3YnH+xHZRif8XEsAda/g6dRh76D4QJmasAbZoZpQk82M1wCqIOQU5AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        let key = SecretKey::parse(KEY).unwrap();
        assert_eq!(
            key.public_key().unwrap().to_text(),
            "RWR7sbZSgndvJ/8XEsAda/g6dRh76D4QJmasAbZoZpQk82M1wCqIOQU5"
        );
        assert!(key.sign(b"bytes", "comment").is_ok());
        // A seed that does not fit its public half.
        let changed = KEY.replacen("QXh7aCa19XyI", "AXh7aCa19XyI", 1);
        assert_ne!(changed, KEY);
        assert_eq!(SecretKey::parse(&changed).unwrap_err().code(), "key-malformed");
    }

    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("+/+/", b"\xfb\xff\xbf"),
        ] {
            assert_eq!(decode_base64(text).as_deref(), Some(bytes));
        }
        for text in ["Z", "Zg=", "Zg", "Z===", "Zm9*", "====", "Zm=v"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
