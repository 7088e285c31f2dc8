//! Roots and channel indexes: TOML, read as strictly as suites, with their
//! kind, format and version first.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tachograph_model::{Channel, KeyRole, Moment, Release, ReleaseStatus, Root, schema};
use toml::{Spanned, de::DeTable};

use crate::{
    ManifestError, PublicKey, TrustError,
    lint::{is_version, place},
    manifest::{self, find, text_of},
    walk::Fault,
};

/// The most bytes that a root may have: 64 KiB.
pub const MAX_ROOT_BYTES: usize = 64 << 10;

/// The most bytes that a channel index may have: 256 KiB.
pub const MAX_CHANNEL_BYTES: usize = 256 << 10;

/// The most days that a root is good for.
pub const ROOT_DAYS: u64 = 400;

/// The most days that a channel index is good for.
pub const CHANNEL_DAYS: u64 = 14;

static ROOT_SCHEMA: LazyLock<Value> = LazyLock::new(|| schema::find("root").unwrap_or_default());
static CHANNEL_SCHEMA: LazyLock<Value> =
    LazyLock::new(|| schema::find("channel").unwrap_or_default());

/// A document that asks to be trusted: its exact bytes, and what is said to
/// sign them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDocument {
    /// Its name in messages.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The bytes of its `.minisig` files.
    pub signatures: Vec<Vec<u8>>,
}

/// The name of the file of one key's signature: `1.toml.<KEY ID>.minisig`.
pub fn signature_name(document: &str, key: &PublicKey) -> String {
    format!("{document}.{}.minisig", key.key_id())
}

/// The comment that every signature of a root covers:
/// `kind=root name=root version=1 expires=2028-01-02T00:00:00Z`.
pub fn root_comment(root: &Root) -> String {
    comment("root", "root", root.version, root.expires)
}

/// The comment that every signature of a channel index covers:
/// `kind=channel name=stable version=12 expires=2026-12-06T00:00:00Z`.
pub fn channel_comment(channel: &Channel) -> String {
    comment("channel", channel.name.as_str(), channel.version, channel.expires)
}

fn comment(kind: &str, name: &str, version: u64, expires: Moment) -> String {
    format!("kind={kind} name={name} version={version} expires={expires}")
}

/// Reads a root, whose bytes the caller has verified. `file` is only for
/// messages.
///
/// # Errors
/// As [`read_suite`](crate::read_suite), with [`MAX_ROOT_BYTES`]; another kind;
/// keys that are none, that share an id or that stand twice; a threshold that
/// cannot be reached; more than [`ROOT_DAYS`].
pub fn read_root(file: &str, bytes: &[u8]) -> Result<Root, TrustError> {
    let mut read = Reading::<Root>::new(file, bytes, "root", MAX_ROOT_BYTES, &ROOT_SCHEMA)?;
    let root = read.value.clone();
    read.period(root.version, root.issued, root.expires, ROOT_DAYS)?;
    if !is_version(&root.minimum_runner) {
        return read.wrong("minimum_runner", "a version has three numbers: 1.0.0");
    }
    read.role("roles.root", &root.roles.root)?;
    read.role("roles.channel", &root.roles.channel)?;
    read.role("roles.suite", &root.roles.suite)?;
    if root.roles.suite.threshold != 1 {
        return read.wrong("roles.suite.threshold", "a suite has one signature");
    }
    for (at, retired) in root.retired.iter().enumerate() {
        read.key(&format!("retired[{at}].key"), &retired.key)?;
    }
    let mut names = BTreeSet::new();
    for (at, channel) in root.channel.iter().enumerate() {
        if !names.insert(&channel.name) {
            let message = format!("the channel \"{}\" stands here twice", channel.name);
            return read.wrong(&format!("channel[{at}].name"), message);
        }
    }
    Ok(root)
}

/// Reads a channel index, whose bytes the caller has verified. `file` is only
/// for messages.
///
/// # Errors
/// As [`read_suite`](crate::read_suite), with [`MAX_CHANNEL_BYTES`]; another
/// kind; two releases of one name and version; more than [`CHANNEL_DAYS`].
pub fn read_channel(file: &str, bytes: &[u8]) -> Result<Channel, TrustError> {
    let read = Reading::<Channel>::new(file, bytes, "channel", MAX_CHANNEL_BYTES, &CHANNEL_SCHEMA)?;
    let channel = read.value.clone();
    read.period(channel.version, channel.issued, channel.expires, CHANNEL_DAYS)?;
    read.releases("suite", &channel.suite)?;
    read.releases("plugin", &channel.plugin)?;
    Ok(channel)
}

/// A document on its way through the checks that its schema cannot make.
struct Reading<'t, T> {
    file: &'t str,
    text: &'t str,
    document: Spanned<DeTable<'t>>,
    value: T,
    keys: Vec<PublicKey>,
}

impl<'t, T: DeserializeOwned> Reading<'t, T> {
    fn new(
        file: &'t str,
        bytes: &'t [u8],
        kind: &'static str,
        limit: usize,
        schema: &Value,
    ) -> Result<Self, TrustError> {
        if bytes.len() > limit {
            let message = format!("it is larger than {} KiB", limit >> 10);
            return Err(ManifestError::at_start(file, message).into());
        }
        let text = text_of(file, bytes)?;
        head(file, text, kind)?;
        let (value, document) = manifest::parse::<T>(file, text, schema)?;
        Ok(Self { file, text, document, value, keys: Vec::new() })
    }
}

impl<T> Reading<'_, T> {
    fn wrong<A>(&self, key: &str, message: impl Into<String>) -> Result<A, TrustError> {
        let fault = Fault::new(find(&self.document, &place(key)), message).key(key);
        Err(ManifestError::from_fault(self.file, self.text, fault).into())
    }

    fn period(
        &self,
        version: u64,
        issued: Moment,
        expires: Moment,
        days: u64,
    ) -> Result<(), TrustError> {
        if version == 0 {
            return self.wrong("version", "versions begin with 1");
        }
        if expires <= issued {
            return self.wrong("expires", "it ends before it begins");
        }
        if expires > issued.plus_days(days) {
            return self.wrong("expires", format!("it is good for more than {days} days"));
        }
        Ok(())
    }

    fn role(&mut self, key: &str, role: &KeyRole) -> Result<(), TrustError> {
        for (at, text) in role.keys.iter().enumerate() {
            self.key(&format!("{key}.keys[{at}]"), text)?;
        }
        if role.threshold == 0 || role.threshold as usize > role.keys.len() {
            let message = format!("a threshold is between 1 and its {} keys", role.keys.len());
            return self.wrong(&format!("{key}.threshold"), message);
        }
        Ok(())
    }

    /// One key, one role: a signature then has one meaning. Ids have to differ
    /// because they name the files of signatures.
    fn key(&mut self, place: &str, text: &str) -> Result<(), TrustError> {
        let key = match PublicKey::parse(text) {
            Ok(key) if key.to_text() == text => key,
            Ok(_) => return self.wrong(place, "a key is the second line of a `.pub` file alone"),
            Err(error) => return self.wrong(place, error.to_string()),
        };
        if self.keys.contains(&key) {
            return self.wrong(place, "this key stands here twice");
        }
        if self.keys.iter().any(|known| known.key_id() == key.key_id()) {
            return self.wrong(place, format!("two keys have the id {}", key.key_id()));
        }
        self.keys.push(key);
        Ok(())
    }

    fn releases(&self, list: &str, releases: &[Release]) -> Result<(), TrustError> {
        let (mut names, mut digests) = (BTreeSet::new(), BTreeSet::new());
        for (at, release) in releases.iter().enumerate() {
            let key = |part: &str| format!("{list}[{at}].{part}");
            if !is_version(&release.version) {
                return self.wrong(&key("version"), "a version has three numbers: 1.0.0");
            }
            if !names.insert((&release.name, &release.version)) {
                let message = format!("{} {} stands here twice", release.name, release.version);
                return self.wrong(&key("name"), message);
            }
            if !digests.insert(release.sha256) {
                return self.wrong(&key("sha256"), "these bytes stand here twice");
            }
            let reason = release.reason.as_deref();
            let told = reason.is_some_and(|reason| {
                (1..=400).contains(&reason.len()) && !reason.chars().any(char::is_control)
            });
            match release.status {
                ReleaseStatus::Withdrawn if !told => {
                    let message = "what is withdrawn has a reason: one line of at most 400 bytes";
                    return self.wrong(&key("reason"), message);
                }
                ReleaseStatus::Active if reason.is_some() => {
                    return self.wrong(&key("reason"), "only what is withdrawn has a reason");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a document is has to be read before anything else of it.
fn head(file: &str, text: &str, kind: &'static str) -> Result<(), TrustError> {
    let document = manifest::document(file, text)?;
    let table = document.get_ref();
    if let Some(found) = table.get("kind").and_then(|kind| kind.get_ref().as_str())
        && found != kind
    {
        let found = found.chars().take(40).collect();
        return Err(TrustError::Kind { file: file.to_owned(), expected: kind, found });
    }
    let mut keys: Vec<_> = table.keys().collect();
    keys.sort_by_key(|key| key.span().start);
    let first = keys.iter().take(3).map(|key| key.get_ref().as_ref());
    if !first.eq(["kind", "schema", "version"]) {
        let message = "it does not begin with kind, schema and version";
        return Err(ManifestError::at_start(file, message).into());
    }
    let schema = table.get("schema").and_then(|schema| schema.get_ref().as_integer());
    if schema.is_none_or(|schema| schema.as_str() != "1") {
        return Err(ManifestError::at_start(file, "this build reads schema 1").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
