//! A suite that was verified, and the blobs that it pins.

use std::{fmt, sync::LazyLock};

use tachograph_model::{Corpus, Digest, Pin, PluginRef, Suite};

use crate::{
    PublicKey, TrustError, TrustedComment, builtin, manifest::read_suite, sign::suite_comment,
    signature, source::Source,
};

/// The embedded public key of the development signer; `None` would mean that
/// the file it was built from is no key.
pub fn development_key() -> Option<&'static PublicKey> {
    static KEY: LazyLock<Option<PublicKey>> =
        LazyLock::new(|| PublicKey::parse(builtin::DEVELOPMENT_KEY).ok());
    KEY.as_ref()
}

/// A suite whose signature holds.
#[derive(Clone)]
pub struct VerifiedSuite {
    /// What the manifest says.
    pub suite: Suite,
    /// Its name and the digest of its bytes.
    pub pin: Pin,
    /// The exact bytes that were signed.
    pub raw: Vec<u8>,
    /// The text of its `.minisig` file.
    pub signature: String,
    /// The id of the key that signed it.
    pub signed_by: String,
    /// Whether that is the development key, which vouches for nothing but the
    /// repository it came from.
    pub development_key: bool,
    /// Why it was withdrawn, when an index of the catalog says so.
    pub withdrawn: Option<String>,
    /// The manifest's file, for messages.
    pub file: String,
    pub(crate) sources: Vec<Source>,
}

impl VerifiedSuite {
    /// The plugins that the suite pins, each once.
    pub fn plugins(&self) -> Vec<&PluginRef> {
        let workloads = self.suite.workload.iter().map(|entry| &entry.plugin);
        let mut plugins: Vec<&PluginRef> = Vec::new();
        for plugin in workloads.chain(self.suite.driver.iter().map(|entry| &entry.plugin)) {
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
        }
        plugins
    }

    /// The bytes of a plugin that the suite pins, size and digest checked.
    ///
    /// # Errors
    /// The blob is nowhere, or it is not the pinned one.
    pub fn blob(&self, plugin: &PluginRef) -> Result<Vec<u8>, TrustError> {
        self.bytes(&format!("plugin {}", plugin.id), &plugin.sha256, plugin.size)
    }

    /// The bytes of a text that the suite pins, size and digest checked.
    ///
    /// # Errors
    /// As [`VerifiedSuite::blob`].
    pub fn corpus(&self, corpus: &Corpus) -> Result<Vec<u8>, TrustError> {
        self.bytes(&format!("corpus {}", corpus.id), &corpus.sha256, corpus.size)
    }

    fn bytes(&self, what: &str, digest: &Digest, size: u64) -> Result<Vec<u8>, TrustError> {
        for source in &self.sources {
            // A bad blob is an error even where another place has a good one:
            // somebody changed a file, and that has to be said.
            if let Some((file, bytes)) = source.blob(digest, size)? {
                return check_blob(file, bytes, digest, size);
            }
        }
        let file = self.file.clone();
        Err(TrustError::BlobMissing { file, what: what.to_owned(), digest: *digest })
    }
}

impl fmt::Debug for VerifiedSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedSuite({}, signed by {})", self.pin, self.signed_by)
    }
}

fn check_blob(
    file: String,
    bytes: Vec<u8>,
    digest: &Digest,
    size: u64,
) -> Result<Vec<u8>, TrustError> {
    if bytes.len() as u64 != size {
        return Err(TrustError::Size { file, expected: size, found: bytes.len() as u64 });
    }
    let found = Digest::of(&bytes);
    if found != *digest {
        return Err(TrustError::Digest { file, expected: *digest, found });
    }
    Ok(bytes)
}

/// Verifies a manifest as raw bytes by one of the keys, then parses it, then
/// compares the signed comment with the body. `file` is only for messages.
///
/// The answer knows no place with blobs; suites to be run come from
/// [`Catalog::resolve`](crate::Catalog::resolve).
///
/// # Errors
/// The signature does not hold, is by none of the keys, or is for something
/// else; the manifest is not valid.
pub fn verify_suite(
    file: &str,
    manifest: &[u8],
    signature_text: &[u8],
    keys: &[PublicKey],
) -> Result<VerifiedSuite, TrustError> {
    let signature_file = match file.split_once(' ') {
        Some((path, "(built in)")) => format!("{path}.minisig (built in)"),
        _ => format!("{file}.minisig"),
    };
    let refused = |source| TrustError::Signature { file: signature_file.clone(), source };
    let found = signature::claimed_key(signature_text).map_err(refused)?;
    let candidates: Vec<&PublicKey> = keys.iter().filter(|key| key.key_id() == found).collect();
    let mut outcome = Err(TrustError::UnknownKey { file: signature_file.clone(), found });
    // Ids are no identities: two keys may share one.
    for key in candidates {
        match signature::verify(manifest, signature_text, key) {
            Ok(comment) => {
                outcome = Ok((key, comment));
                break;
            }
            Err(source) => {
                // Which of the two was changed cannot be known: name the manifest too.
                let file = format!("{file}: with {signature_file}");
                outcome = Err(TrustError::Signature { file, source });
            }
        }
    }
    let (key, TrustedComment(comment)) = outcome?;
    let suite = read_suite(file, manifest)?;
    let expected = suite_comment(&suite);
    if comment != expected {
        return Err(TrustError::Comment { file: signature_file, expected, found: comment });
    }
    Ok(VerifiedSuite {
        pin: Pin { name: suite.name.clone(), digest: Digest::of(manifest) },
        raw: manifest.to_vec(),
        signature: String::from_utf8_lossy(signature_text).into_owned(),
        signed_by: key.key_id(),
        development_key: development_key() == Some(key),
        withdrawn: None,
        file: file.to_owned(),
        sources: Vec::new(),
        suite,
    })
}
