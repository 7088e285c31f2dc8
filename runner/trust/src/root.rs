//! A root that is trusted, and the one that may follow it.

use std::{collections::BTreeSet, sync::LazyLock};

use tachograph_model::{ChannelEntry, Digest, KeyRole, Moment, Name, Root};

use crate::{
    PublicKey, SignedDocument, Staleness, TrustError, TrustedComment, builtin,
    document::{read_root, root_comment},
    lint::version_parts,
    threshold::{RoleKeys, verify_threshold},
};

/// So many days before its end a root is told to end soon: 330 days after a
/// root of 400 days was made.
const WARN_DAYS: u64 = 70;

/// A root whose signatures hold.
#[derive(Debug, Clone)]
pub struct TrustedRoot {
    root: Root,
    document: SignedDocument,
    signers: RoleKeys,
    channel: RoleKeys,
    suites: SuiteKeys,
}

/// The keys whose suites are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct SuiteKeys {
    pub(crate) active: Vec<PublicKey>,
    /// Keys that sign nothing new, and what they signed before.
    pub(crate) retired: Vec<(PublicKey, BTreeSet<Digest>)>,
}

impl SuiteKeys {
    /// The keys that may have signed a manifest with this digest.
    pub(crate) fn of(&self, manifest: &Digest) -> Vec<PublicKey> {
        let retired = self.retired.iter().filter(|(_, signed)| signed.contains(manifest));
        self.active.iter().chain(retired.map(|(key, _)| key)).cloned().collect()
    }
}

impl TrustedRoot {
    /// A root to start from: trusted because the user or the program says so,
    /// and whole, since its own keys signed it.
    ///
    /// # Errors
    /// Too few of its own root keys signed it, or it is not valid.
    pub fn anchor(document: SignedDocument) -> Result<Self, TrustError> {
        // Its keys are inside: read first, and nothing is used before they hold.
        let root = read_root(&document.file, &document.bytes)?;
        let this = Self::new(root, document);
        let comment = verify_threshold(&this.document, &this.signers)?;
        this.compare(comment)
    }

    /// The roots that are part of the program, oldest first; the last one is
    /// in force until a newer one is seen.
    ///
    /// # Errors
    /// The program was built from roots that do not hold.
    pub fn embedded() -> Result<&'static [TrustedRoot], TrustError> {
        static CHAIN: LazyLock<Result<Vec<TrustedRoot>, String>> = LazyLock::new(|| {
            let mut chain: Vec<TrustedRoot> = Vec::new();
            for root in builtin::roots() {
                let document = SignedDocument {
                    file: format!("suites/trust/root/{} (built in)", root.name),
                    bytes: root.document.to_vec(),
                    signatures: root.signatures.iter().map(|text| text.to_vec()).collect(),
                };
                let next = match chain.last() {
                    None => TrustedRoot::anchor(document),
                    Some(last) => last.successor(document).and_then(Successor::confirm),
                };
                chain.push(next.map_err(|error| error.to_string())?);
            }
            if chain.is_empty() { Err("this build has no root".to_owned()) } else { Ok(chain) }
        });
        match &*CHAIN {
            Ok(chain) => Ok(chain),
            Err(message) => Err(TrustError::Embedded(message.clone())),
        }
    }

    /// Checks a root that claims to follow this one, by this one's keys. It has
    /// to be [confirmed](Successor::confirm) by its own keys.
    ///
    /// # Errors
    /// Too few of this root's keys signed it, it is not valid, it is another
    /// version than the next, or it takes a channel's epoch back.
    pub fn successor(&self, document: SignedDocument) -> Result<Successor, TrustError> {
        let comment = verify_threshold(&document, &self.signers)?;
        let root = read_root(&document.file, &document.bytes)?;
        if root.version != self.root.version + 1 {
            return Err(TrustError::WrongDocument {
                file: document.file,
                expected: format!("root {}", self.root.version + 1),
                found: format!("root {}", root.version),
            });
        }
        for channel in &root.channel {
            let before = self.channel_entry(&channel.name).map_or(0, |entry| entry.epoch);
            if channel.epoch < before {
                let source = Staleness::Rollback {
                    what: "epoch",
                    found: channel.epoch.into(),
                    lowest: before.into(),
                };
                return Err(TrustError::Stale { file: document.file, source });
            }
        }
        Ok(Successor { root: Self::new(root, document), comment })
    }

    /// Whether it is still good, and for long: `false` when it ends within 70
    /// days.
    ///
    /// # Errors
    /// It has expired. Suites that are here stay runnable; nothing new is
    /// accepted under it.
    pub fn lasts(&self, now: Moment) -> Result<bool, TrustError> {
        let expires = self.root.expires;
        if now >= expires {
            let source = Staleness::Expired { expires, now };
            return Err(TrustError::Stale { file: self.document.file.clone(), source });
        }
        Ok(expires.since_s(now) > Moment::from_unix_s(0).plus_days(WARN_DAYS).unix_s())
    }

    /// Whether a runner of this version may update under it.
    ///
    /// # Errors
    /// The runner is older than the root allows.
    pub fn admits(&self, runner: &str) -> Result<(), TrustError> {
        if version_parts(runner) >= version_parts(&self.root.minimum_runner) {
            return Ok(());
        }
        Err(TrustError::OldRunner {
            file: self.document.file.clone(),
            needed: self.root.minimum_runner.clone(),
            found: runner.to_owned(),
        })
    }

    /// What it says.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.document.bytes)
    }

    /// Its bytes and signatures.
    pub fn document(&self) -> &SignedDocument {
        &self.document
    }

    /// The keys of its root role, which sign the next root too.
    pub fn root_keys(&self) -> &[PublicKey] {
        &self.signers.keys
    }

    /// The keys that sign channel indexes.
    pub fn channel_keys(&self) -> &[PublicKey] {
        &self.channel.keys
    }

    /// The keys that sign suites.
    pub fn suite_keys(&self) -> &[PublicKey] {
        &self.suites.active
    }

    /// What it says about a channel.
    pub fn channel_entry(&self, name: &Name) -> Option<&ChannelEntry> {
        self.root.channel.iter().find(|entry| entry.name == *name)
    }

    pub(crate) fn channel_role(&self) -> &RoleKeys {
        &self.channel
    }

    pub(crate) fn suites(&self) -> &SuiteKeys {
        &self.suites
    }

    fn new(root: Root, document: SignedDocument) -> Self {
        let keys = |role: &KeyRole| parse(role.keys.iter());
        let role = |name, role: &KeyRole| RoleKeys {
            role: name,
            threshold: role.threshold,
            keys: keys(role),
        };
        let retired = root.retired.iter().filter_map(|retired| {
            let key = PublicKey::parse(&retired.key).ok()?;
            Some((key, retired.suites.iter().copied().collect()))
        });
        let suites = SuiteKeys { active: keys(&root.roles.suite), retired: retired.collect() };
        let signers = role("root", &root.roles.root);
        let channel = role("channel", &root.roles.channel);
        Self { root, document, signers, channel, suites }
    }

    fn compare(self, TrustedComment(found): TrustedComment) -> Result<Self, TrustError> {
        let expected = root_comment(&self.root);
        if found == expected {
            return Ok(self);
        }
        Err(TrustError::Comment { file: self.document.file, expected, found })
    }
}

/// Reading has refused what is no key.
fn parse<'k>(keys: impl Iterator<Item = &'k String>) -> Vec<PublicKey> {
    keys.filter_map(|key| PublicKey::parse(key).ok()).collect()
}

/// A root that the one before has vouched for, and its own keys have not yet.
#[derive(Debug, Clone)]
pub struct Successor {
    root: TrustedRoot,
    comment: TrustedComment,
}

impl Successor {
    /// The keys whose signatures it needs beside those of the root before.
    pub fn root_keys(&self) -> &[PublicKey] {
        self.root.root_keys()
    }

    /// Adds signatures by its own keys.
    pub fn add_signatures(&mut self, signatures: impl IntoIterator<Item = Vec<u8>>) {
        for signature in signatures {
            if !self.root.document.signatures.contains(&signature) {
                self.root.document.signatures.push(signature);
            }
        }
    }

    /// Checks it by its own keys.
    ///
    /// # Errors
    /// Too few of its own keys signed it, or the signed comment and the body
    /// say different things.
    pub fn confirm(self) -> Result<TrustedRoot, TrustError> {
        let own = verify_threshold(&self.root.document, &self.root.signers)?;
        self.root.compare(self.comment)?.compare(own)
    }
}

#[cfg(test)]
mod tests;
