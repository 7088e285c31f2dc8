//! A static folder as maintainers make it, and the edits of an attacker.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tachograph_model::{Digest, Moment, Name};
use tachograph_trust::{PublicKey, SecretKey, sign_suite, signature_name};
use tachograph_update::publish::{IndexChange, RootChange, draft_index, draft_root, sign};

use crate::keys::{Keys, public};

/// What time it is in the tests.
pub(crate) fn now() -> Moment {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn stable() -> Name {
    "stable".parse().unwrap()
}

pub(crate) struct Mirror {
    folder: tempfile::TempDir,
    pub(crate) keys: Keys,
}

/// A suite that was published: the digest of its manifest and its plugin.
#[derive(Clone)]
pub(crate) struct Published {
    pub(crate) digest: Digest,
    pub(crate) plugin: Digest,
}

impl Published {
    pub(crate) fn pin(&self) -> String {
        self.digest.to_string()
    }

    pub(crate) fn manifest_file(&self) -> String {
        format!("suites/{}.toml", self.digest.hex())
    }

    pub(crate) fn blob_file(&self) -> String {
        format!("blobs/{}", self.plugin.hex())
    }
}

impl Mirror {
    /// Root 1, and nothing else.
    pub(crate) fn bare() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap(), keys: Keys::new() };
        let change = RootChange {
            root_keys: this.keys.root_keys(),
            threshold: Some(2),
            channel_keys: vec![public(&this.keys.channel)],
            suite_keys: vec![public(&this.keys.suite)],
            channels: vec![stable()],
            minimum_runner: Some("0.1.0".to_owned()),
            ..RootChange::default()
        };
        this.rotate(&change, &[&this.keys.root[0], &this.keys.root[1]]);
        this
    }

    /// Root 1, and an index with `suite-x` 1.0.0.
    pub(crate) fn new() -> (Self, Published) {
        let this = Self::bare();
        let suite = this.publish("suite-x", "1.0.0");
        (this, suite)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Drafts the next root and signs it.
    pub(crate) fn rotate(&self, change: &RootChange, signers: &[&SecretKey]) -> PathBuf {
        self.rotate_at(change, signers, now())
    }

    pub(crate) fn rotate_at(
        &self,
        change: &RootChange,
        signers: &[&SecretKey],
        at: Moment,
    ) -> PathBuf {
        let path = draft_root(self.path(), change, at).unwrap();
        for key in signers {
            sign(&path, key).unwrap();
        }
        path
    }

    /// Publishes a suite with a plugin of its own.
    pub(crate) fn publish(&self, name: &str, version: &str) -> Published {
        self.publish_at(name, version, now())
    }

    pub(crate) fn publish_at(&self, name: &str, version: &str, at: Moment) -> Published {
        let (source, published) = self.write_suite(name, version, &self.keys.suite);
        let change =
            IndexChange { suites: vec![source.path().join("suite.toml")], ..Default::default() };
        self.index(&change, at);
        published
    }

    /// The next index, signed.
    pub(crate) fn index(&self, change: &IndexChange, at: Moment) {
        let path = draft_index(self.path(), &stable(), change, at).unwrap();
        sign(&path, &self.keys.channel).unwrap();
    }

    pub(crate) fn withdraw(&self, digest: Digest, reason: &str) {
        let withdraw = vec![(digest, reason.to_owned())];
        self.index(&IndexChange { withdraw, ..Default::default() }, now());
    }

    /// A signed suite in a folder of its own, as its author has it.
    pub(crate) fn write_suite(
        &self,
        name: &str,
        version: &str,
        key: &SecretKey,
    ) -> (tempfile::TempDir, Published) {
        let folder = tempfile::tempdir().unwrap();
        // Long enough to be sent slowly.
        let plugin = format!("plugin of {name} {version}\n").repeat(100).into_bytes();
        let text = manifest(name, version, &plugin);
        let digest = Digest::of(text.as_bytes());
        fs::create_dir(folder.path().join("blobs")).unwrap();
        let blob = folder.path().join("blobs").join(Digest::of(&plugin).hex());
        fs::write(blob, &plugin).unwrap();
        fs::write(folder.path().join("suite.toml"), &text).unwrap();
        let signature = sign_suite("suite.toml", text.as_bytes(), key).unwrap();
        fs::write(folder.path().join("suite.toml.minisig"), signature).unwrap();
        (folder, Published { digest, plugin: Digest::of(&plugin) })
    }

    /// Puts the files of a suite into the mirror, and no line into the index.
    pub(crate) fn plant(&self, name: &str, version: &str, key: &SecretKey) -> Published {
        let (source, suite) = self.write_suite(name, version, key);
        let manifest = self.file(&suite.manifest_file());
        fs::create_dir_all(manifest.parent().unwrap()).unwrap();
        fs::create_dir_all(self.file("blobs")).unwrap();
        fs::copy(source.path().join("suite.toml"), &manifest).unwrap();
        let signature = manifest.with_extension("toml.minisig");
        fs::copy(source.path().join("suite.toml.minisig"), signature).unwrap();
        let blob = source.path().join(suite.blob_file());
        fs::copy(blob, self.file(&suite.blob_file())).unwrap();
        suite
    }

    /// Replaces the index by an edited text, signed anew by a key, as far as what
    /// is no index can be.
    pub(crate) fn forge_index(&self, key: &SecretKey, edit: impl FnOnce(String) -> String) {
        let text = edit(self.read(INDEX));
        self.forge_bytes(key, text.as_bytes(), &comment("channel", "stable", &text));
    }

    /// Lists a planted suite, by the channel key.
    pub(crate) fn list(&self, suite: &Published, name: &str, version: &str) {
        let size = fs::metadata(self.file(&suite.manifest_file())).unwrap().len();
        let digest = suite.digest;
        self.forge_index(&self.keys.channel, |text| {
            format!(
                "{text}\n[[suite]]\nname = \"{name}\"\nversion = \"{version}\"\n\
                 sha256 = \"{digest}\"\nsize = {size}\nstatus = \"active\"\n"
            )
        });
    }

    /// Replaces the index by any bytes, with a comment of the attacker's choice.
    pub(crate) fn forge_bytes(&self, key: &SecretKey, bytes: &[u8], comment: &str) {
        fs::write(self.file(INDEX), bytes).unwrap();
        let signature = key.sign(bytes, comment).unwrap();
        self.put_signature(INDEX, &public(key), &signature);
    }

    pub(crate) fn put_signature(&self, document: &str, key: &PublicKey, text: &str) {
        fs::write(self.file(&signature_name(document, key)), text).unwrap();
    }

    /// The signature file of the index by the channel key.
    pub(crate) fn index_signature(&self) -> String {
        signature_name(INDEX, &public(&self.keys.channel))
    }
}

/// What a signature of a document has to cover.
pub(crate) fn comment(kind: &str, name: &str, text: &str) -> String {
    let field = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split(" = ").nth(1).unwrap().trim_matches('"').to_owned()
    };
    format!("kind={kind} name={name} version={} expires={}", field("version"), field("expires"))
}

/// The index in a mirror.
pub(crate) const INDEX: &str = "channel/stable.toml";

/// A valid suite with one workload and one driver, both the same plugin bytes.
pub(crate) fn manifest(name: &str, version: &str, plugin: &[u8]) -> String {
    let (digest, size) = (Digest::of(plugin), plugin.len());
    format!(
        r#"kind = "suite"
schema = 1
name = "{name}"
version = "{version}"
released = "2026-11-22"
metrics = "1"
description = "A suite for tests."
seed = 7

[profiles]
quick = {{ trials = 1, warmup = 0, budget_s = 10 }}
standard = {{ trials = 5, warmup = 1, budget_s = 60 }}
publish = {{ trials = 10, warmup = 2, budget_s = 600 }}

[[workload]]
id = "chat-short"
params = {{ prompt_tokens = 128 }}
[workload.plugin]
id = "workload-chat"
version = "1.0.0"
sha256 = "{digest}"
size = {size}

[[driver]]
id = "llama-cpp"
[driver.plugin]
id = "driver-llama-cpp"
version = "1.0.0"
sha256 = "{digest}"
size = {size}
"#
    )
}
