//! Signing a draft with one key, wherever that key lives.

use std::path::{Path, PathBuf};

use tachograph_trust::{
    MAX_CHANNEL_BYTES, PublicKey, SecretKey, TrustError, TrustedRoot, read_channel, read_root,
    sign_document, signature_name, verify,
};

use super::{chain, read, root_in_force, write};
use crate::UpdateError;

/// How many of the keys of a role have signed a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voices {
    /// Whose keys: `root 1`, `channel`.
    pub role: String,
    /// How many have signed.
    pub signed: usize,
    /// How many have to.
    pub needed: u32,
}

impl Voices {
    /// Whether there are enough.
    pub fn are_enough(&self) -> bool {
        self.signed >= self.needed as usize
    }
}

/// Signs a root or a channel index of a folder with one key; the answer is the
/// path of the signature, and what is still needed.
///
/// # Errors
/// The document is not valid, or the key has no say in it.
pub fn sign(document: &Path, key: &SecretKey) -> Result<(PathBuf, Vec<Voices>), UpdateError> {
    let file = document.display().to_string();
    let bytes = read(document, MAX_CHANNEL_BYTES)?;
    let public =
        key.public_key().map_err(|source| TrustError::Key { file: file.clone(), source })?;
    let roles = roles(document, &file, &bytes)?;
    if !roles.iter().any(|(_, _, keys)| keys.contains(&public)) {
        let reason = format!("the key {} has no say in it", public.key_id());
        return Err(UpdateError::Publish { file, reason });
    }
    let signature = sign_document(&file, &bytes, key)?;
    let path = PathBuf::from(signature_name(&file, &public));
    write(&path, signature.as_bytes())?;
    let voices = roles.into_iter().map(|(role, needed, keys)| {
        let signed = |key: &&PublicKey| {
            let beside = signature_name(&file, key);
            std::fs::read(beside).is_ok_and(|text| verify(&bytes, &text, key).is_ok())
        };
        Voices { role, signed: keys.iter().filter(signed).count(), needed }
    });
    Ok((path, voices.collect()))
}

/// The roles that have to sign a document, each with its threshold and keys.
type Signers = Vec<(String, u32, Vec<PublicKey>)>;

fn roles(document: &Path, file: &str, bytes: &[u8]) -> Result<Signers, UpdateError> {
    let folder = document.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    match read_root(file, bytes) {
        Ok(root) => {
            let keys = root.roles.root.keys.iter();
            let keys = keys.filter_map(|key| PublicKey::parse(key).ok()).collect();
            let own = (format!("root {}", root.version), root.roles.root.threshold, keys);
            let (signed, _) = chain(folder)?;
            let before = signed.iter().find(|old| old.root().version + 1 == root.version);
            Ok(before.map(before_role).into_iter().chain([own]).collect())
        }
        Err(TrustError::Kind { found, .. }) if found == "channel" => {
            read_channel(file, bytes)?;
            let root = root_in_force(folder)?;
            let threshold = root.root().roles.channel.threshold;
            Ok(vec![("channel".to_owned(), threshold, root.channel_keys().to_vec())])
        }
        Err(error) => Err(error.into()),
    }
}

fn before_role(root: &TrustedRoot) -> (String, u32, Vec<PublicKey>) {
    let name = format!("root {}", root.root().version);
    (name, root.root().roles.root.threshold, root.root_keys().to_vec())
}
