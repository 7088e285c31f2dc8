//! Names, digests and pins: the identities that a result is built on.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text is not a name, a digest or a pin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Not `[a-z0-9-]{1,64}`.
    #[error("`{0}` is not a name: names are 1 to 64 of a-z, 0-9 and -")]
    Name(String),
    /// Not `sha256:` and 64 lower-case hexadecimal digits.
    #[error("`{0}` is not a digest: digests are `sha256:` and 64 lower-case hexadecimal digits")]
    Digest(String),
    /// Not `NAME@DIGEST`.
    #[error("`{0}` is not a pin: pins look like `suite-v2@sha256:…`")]
    Pin(String),
}

macro_rules! text_form {
    ($type:ty, $pattern:literal, $doc:literal) => {
        impl TryFrom<String> for $type {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(id: $type) -> String {
                id.to_string()
            }
        }
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "description": $doc })
            }
        }
    };
}

/// A name of a suite, workload, plugin, slot or corpus: `[a-z0-9-]{1,64}`.
///
/// The alphabet leaves no room for paths, case folding or control characters,
/// so a name is safe as a file name on every system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId::Name(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

text_form!(Name, "^[a-z0-9-]{1,64}$", "A name: 1 to 64 of a-z, 0-9 and -.");

/// A SHA-256 digest, written `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Wraps the 32 bytes of a SHA-256 digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of some bytes.
    #[cfg(feature = "digest")]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits, without the prefix.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The first 12 hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.hex()[..12].to_owned()
    }
}

/// Digests bytes that come in pieces.
#[cfg(feature = "digest")]
#[derive(Debug, Clone, Default)]
pub struct Hasher(sha2::Sha256);

#[cfg(feature = "digest")]
impl Hasher {
    /// Adds some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        sha2::Digest::update(&mut self.0, bytes);
    }

    /// The digest of all bytes so far.
    pub fn digest(&self) -> Digest {
        Digest(sha2::Digest::finalize(self.0.clone()).into())
    }
}

impl FromStr for Digest {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::Digest(text.chars().take(80).collect());
        let hex = text.strip_prefix("sha256:").ok_or_else(wrong)?;
        let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(lower) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let digit = |b: u8| if b.is_ascii_digit() { b - b'0' } else { b - b'a' + 10 };
            *byte = digit(pair[0]) << 4 | digit(pair[1]);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

text_form!(Digest, "^sha256:[0-9a-f]{64}$", "A SHA-256 digest.");

/// The exact bytes of a suite manifest: `suite-v2@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin {
    /// The name that the manifest carries.
    pub name: Name,
    /// The digest of its raw bytes.
    pub digest: Digest,
}

impl FromStr for Pin {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::Pin(text.chars().take(120).collect());
        let (name, digest) = text.split_once('@').ok_or_else(wrong)?;
        Ok(Self {
            name: name.parse().map_err(|_| wrong())?,
            digest: digest.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.digest)
    }
}

text_form!(
    Pin,
    "^[a-z0-9-]{1,64}@sha256:[0-9a-f]{64}$",
    "A pin: a name and the digest of its bytes."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_no_room_for_paths() {
        for bad in ["", "../x", "Suite", "a b", "a\0", "ſuite", &"a".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
        assert_eq!("suite-v2".parse::<Name>().unwrap().as_str(), "suite-v2");
    }

    #[test]
    fn digests_and_pins_survive_their_text_form() {
        let pin = format!("suite-v2@sha256:{}", "0f".repeat(32));
        assert_eq!(pin.parse::<Pin>().unwrap().to_string(), pin);
        for bad in
            ["suite-v2", "suite-v2@sha256:00", &pin.to_uppercase(), &pin.replace("sha256", "md5")]
        {
            assert!(bad.parse::<Pin>().is_err(), "{bad}");
        }
    }
}
