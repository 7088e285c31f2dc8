//! Signatures of suites, roots and channel indexes.

use tachograph_model::Suite;

use crate::{
    ManifestError, SecretKey, TrustError,
    document::{channel_comment, read_channel, read_root, root_comment},
    manifest::read_suite,
    pin::unpinned,
};

/// The comment that a suite's signature covers:
/// `kind=suite name=suite-v2 version=2.0.0`.
pub fn suite_comment(suite: &Suite) -> String {
    format!("kind=suite name={} version={}", suite.name, suite.version)
}

/// Signs the exact bytes of a suite manifest; the answer is the text of its
/// `.minisig` file. `file` is only for messages.
///
/// # Errors
/// The manifest is not valid, one of its plugins is not pinned, or the key
/// cannot sign.
pub fn sign_suite(file: &str, manifest: &[u8], key: &SecretKey) -> Result<String, TrustError> {
    let suite = read_suite(file, manifest)?;
    if let Some(fault) = unpinned(&suite) {
        return Err(ManifestError::at_start(file, fault).into());
    }
    key.sign(manifest, &suite_comment(&suite))
        .map_err(|source| TrustError::Key { file: file.to_owned(), source })
}

/// Signs the exact bytes of a root or a channel index; the answer is the text of
/// its `.minisig` file. `file` is only for messages.
///
/// # Errors
/// The document is not valid, or the key cannot sign.
pub fn sign_document(file: &str, bytes: &[u8], key: &SecretKey) -> Result<String, TrustError> {
    let comment = match read_channel(file, bytes) {
        Ok(channel) => channel_comment(&channel),
        Err(TrustError::Kind { found, .. }) if found == "root" => {
            root_comment(&read_root(file, bytes)?)
        }
        Err(error) => return Err(error),
    };
    key.sign(bytes, &comment).map_err(|source| TrustError::Key { file: file.to_owned(), source })
}
