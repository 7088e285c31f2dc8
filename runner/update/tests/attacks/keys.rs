//! The keys of one test.

use tachograph_trust::{PublicKey, SecretKey};

pub(crate) struct Keys {
    pub(crate) root: [SecretKey; 3],
    pub(crate) channel: SecretKey,
    pub(crate) suite: SecretKey,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { root: [key(), key(), key()], channel: key(), suite: key() }
    }

    pub(crate) fn root_keys(&self) -> Vec<PublicKey> {
        self.root.iter().map(public).collect()
    }
}

pub(crate) fn key() -> SecretKey {
    SecretKey::generate().unwrap()
}

pub(crate) fn public(key: &SecretKey) -> PublicKey {
    key.public_key().unwrap()
}
