//! Challenges: fresh bytes of somebody else, bound into the prompts of a run.
//!
//! The nonce of a challenged run follows from the challenge and from bytes of the
//! run's own. Whoever knows the challenge can check that; nobody could have
//! written the prompts before it was given.

use sha2::{Digest as _, Sha256};
use tachograph_model::ChallengeUsed;

use crate::{SessionError, fresh::fresh_bytes};

/// Bytes of a challenge.
const LENGTH: std::ops::RangeInclusive<usize> = 16..=64;
/// Sets the nonces of challenges apart from every other digest.
const DOMAIN: &[u8] = b"tachograph challenge 1\n";

/// A challenge as the user typed it: 16 to 64 bytes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Reads a challenge; upper case is taken for lower case.
    ///
    /// # Errors
    /// [`SessionError::Malformed`] for anything but 16 to 64 bytes of hexadecimal.
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let text = text.trim().to_ascii_lowercase();
        let hex = text.bytes().all(|b| b.is_ascii_hexdigit()) && text.len().is_multiple_of(2);
        match hex && LENGTH.contains(&(text.len() / 2)) {
            true => Ok(Self(text)),
            false => Err(SessionError::Malformed {
                what: "the challenge".to_owned(),
                reason: "it has to be 16 to 64 bytes in hexadecimal, such as \
                         `openssl rand -hex 32` prints"
                    .to_owned(),
            }),
        }
    }

    /// The lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the challenge up, with fresh bytes of this run.
    pub(crate) fn take_up(&self) -> ChallengeUsed {
        let fresh = fresh_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        ChallengeUsed { value: self.0.clone(), fresh }
    }
}

/// The nonce of a challenged run.
pub(crate) fn nonce(challenge: &ChallengeUsed) -> String {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    // The lengths keep a digit from moving between the two.
    for part in [&challenge.value, &challenge.fresh] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    tachograph_workload_text::nonce(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_16_to_64_bytes_of_hexadecimal() {
        let long = "ab".repeat(65);
        for bad in ["", "00", &"zz".repeat(16), &"a".repeat(33), &long, "../../etc/passwd"] {
            assert!(Challenge::parse(bad).is_err(), "{bad}");
        }
        let one = Challenge::parse(&format!(" {}\n", "AB".repeat(16))).unwrap();
        assert_eq!(one.as_str(), "ab".repeat(16));
    }

    #[test]
    fn the_nonce_follows_from_both_parts() {
        let challenge = Challenge::parse(&"0f".repeat(16)).unwrap();
        let (one, other) = (challenge.take_up(), challenge.take_up());
        assert_ne!(one.fresh, other.fresh);
        assert_eq!(one.fresh.len(), 32);
        assert_eq!(nonce(&one), nonce(&one));
        assert_ne!(nonce(&one), nonce(&other));
        let moved = ChallengeUsed {
            value: format!("{}{}", one.value, &one.fresh[..2]),
            fresh: one.fresh[2..].to_owned(),
        };
        assert_ne!(nonce(&one), nonce(&moved));
    }
}
