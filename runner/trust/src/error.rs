//! What can be wrong with something that asks to be trusted.

use std::{io, path::Path};

use tachograph_model::{Digest, ExitCode};

use crate::{KeyError, ManifestError, SignatureError, Staleness, StoreError};

/// Why something is not trusted. Each variant names the file it is about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file could not be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A signature does not hold.
    #[error("{file}: not trusted: {source}")]
    Signature {
        /// The signature file.
        file: String,
        /// Why.
        source: SignatureError,
    },
    /// Signed, but by nobody who is trusted here.
    #[error(
        "{file}: not trusted: it was signed with key {found}, which is not a trusted suite key"
    )]
    UnknownKey {
        /// The signature file.
        file: String,
        /// The key id that it claims.
        found: String,
    },
    /// A key file is wrong.
    #[error("{file}: {source}")]
    Key {
        /// The key file, or the document that holds the key.
        file: String,
        /// Why.
        source: KeyError,
    },
    /// The signed comment and the body say different things.
    #[error(
        "{file}: not trusted: its signed comment says `{found}`, and the body asks for `{expected}`"
    )]
    Comment {
        /// The signature file.
        file: String,
        /// What the body asks for.
        expected: String,
        /// What was signed.
        found: String,
    },
    /// A manifest is not valid.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes are not the pinned ones.
    #[error("{file}: not trusted: it has digest {found}, and {expected} is pinned")]
    Digest {
        /// The file, or the place it comes from.
        file: String,
        /// The pinned digest.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// Bytes have another size than the pinned one.
    #[error("{file}: not trusted: it has {found} bytes, and {expected} are pinned")]
    Size {
        /// The file, or the place it comes from.
        file: String,
        /// The pinned size, bytes.
        expected: u64,
        /// The size, bytes.
        found: u64,
    },
    /// A pinned blob is nowhere to be found.
    #[error("{file}: it pins {what} as {digest}, and no such blob is here")]
    BlobMissing {
        /// The manifest.
        file: String,
        /// For example `plugin workload-chat`.
        what: String,
        /// The pinned digest.
        digest: Digest,
    },
    /// No suite of that name or pin.
    #[error("no suite `{spec}` is here{}", did_you_mean(nearest.as_deref()))]
    NoSuite {
        /// What was asked for.
        spec: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// Several suites fit.
    #[error("`{spec}` fits several suites: {}", pins.join(", "))]
    Ambiguous {
        /// What was asked for.
        spec: String,
        /// The pins that fit.
        pins: Vec<String>,
    },
    /// The body is another suite than the one asked for.
    #[error("{file}: not trusted: it holds suite `{found}`, and `{expected}` was asked for")]
    WrongSuite {
        /// The manifest.
        file: String,
        /// What was asked for.
        expected: String,
        /// What the body says.
        found: String,
    },
    /// A result does not have the form of one.
    #[error("{file}: not a valid result: at `{at}`: {message}")]
    Result {
        /// The result file.
        file: String,
        /// A JSON pointer; empty for the whole document.
        at: String,
        /// Why.
        message: String,
    },
    /// A result's bytes are not the one spelling of its contents.
    #[error("{file}: not trusted: it is not canonical JSON, first at byte {offset}")]
    NotCanonical {
        /// The result file.
        file: String,
        /// The first byte that differs from the canonical form.
        offset: usize,
    },
    /// Fewer keys signed a document than it needs.
    #[error("{file}: not trusted: {found} {role} keys signed it, and it needs {needed}")]
    Threshold {
        /// The document.
        file: String,
        /// The role whose keys count.
        role: &'static str,
        /// How many different keys of the role signed it.
        found: usize,
        /// How many have to.
        needed: u32,
    },
    /// Signed, but another kind of document.
    #[error("{file}: not trusted: it is of kind \"{found}\", and \"{expected}\" was asked for")]
    Kind {
        /// The document.
        file: String,
        /// What was asked for.
        expected: &'static str,
        /// What it says.
        found: String,
    },
    /// Signed, but another document of its kind.
    #[error("{file}: not trusted: it is {found}, and {expected} was asked for")]
    WrongDocument {
        /// The document.
        file: String,
        /// What was asked for.
        expected: String,
        /// What it says.
        found: String,
    },
    /// Signed, but at the wrong time.
    #[error("{file}: not trusted: {source}")]
    Stale {
        /// The document.
        file: String,
        /// Why.
        source: Staleness,
    },
    /// The root has no channel of that name.
    #[error("{file}: it has no channel `{name}`; it has {}", known.join(", "))]
    UnknownChannel {
        /// The root.
        file: String,
        /// What was asked for.
        name: String,
        /// The channels that it has.
        known: Vec<String>,
    },
    /// The root asks for a newer runner.
    #[error("{file}: it asks for version {needed} of tacho, and this is {found}")]
    OldRunner {
        /// The root.
        file: String,
        /// The oldest version that may update.
        needed: String,
        /// This version.
        found: String,
    },
    /// The roots that the program was built from do not hold.
    #[error("this build of tacho has no root to trust: {0}")]
    Embedded(String),
    /// The file of grants cannot be trusted.
    #[error("{file}: no grants are read from it: {message}")]
    Grants {
        /// The file.
        file: String,
        /// Why.
        message: String,
    },
}

impl TrustError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { file: path.display().to_string(), source }
    }

    /// A stable code for scripts: those of [`SignatureError`], [`KeyError`],
    /// [`ManifestError`] and [`StoreError`], and `io`, `unknown-key`,
    /// `comment-mismatch`, `digest-mismatch`, `size-mismatch`, `blob-missing`,
    /// `suite-not-found`, `suite-ambiguous`, `suite-wrong`, `result-invalid`,
    /// `result-not-canonical`, `grants-invalid`, `threshold-not-met`,
    /// `kind-wrong`, `document-wrong`, `channel-unknown`, `runner-old`,
    /// `root-missing`, and those of [`Staleness`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Signature { source, .. } => source.code(),
            Self::UnknownKey { .. } => "unknown-key",
            Self::Key { source, .. } => source.code(),
            Self::Comment { .. } => "comment-mismatch",
            Self::Manifest(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Digest { .. } => "digest-mismatch",
            Self::Size { .. } => "size-mismatch",
            Self::BlobMissing { .. } => "blob-missing",
            Self::NoSuite { .. } => "suite-not-found",
            Self::Ambiguous { .. } => "suite-ambiguous",
            Self::WrongSuite { .. } => "suite-wrong",
            Self::Result { .. } => "result-invalid",
            Self::NotCanonical { .. } => "result-not-canonical",
            Self::Grants { .. } => "grants-invalid",
            Self::Threshold { .. } => "threshold-not-met",
            Self::Kind { .. } => "kind-wrong",
            Self::WrongDocument { .. } => "document-wrong",
            Self::Stale { source, .. } => source.code(),
            Self::UnknownChannel { .. } => "channel-unknown",
            Self::OldRunner { .. } => "runner-old",
            Self::Embedded(_) => "root-missing",
        }
    }

    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Key { source, .. } => source.hint(),
            Self::Manifest(_) => Some("`tacho suite lint FILE` lists everything that is wrong"),
            Self::Signature { .. } | Self::Digest { .. } | Self::Size { .. } => {
                Some("get the file again from where it came; do not edit signed files")
            }
            Self::Comment { .. } => Some("whoever publishes it has to sign it again"),
            Self::Threshold { .. } => {
                Some("get it again from where it came; `tacho trust show` lists the trusted keys")
            }
            Self::Stale { source, .. } => Some(source.hint()),
            Self::OldRunner { .. } => Some("get a newer tacho where you got this one"),
            Self::UnknownChannel { .. } => Some("name one with `--channel`"),
            Self::UnknownKey { .. } => {
                Some("only suites of a trusted key are run; `tacho suite list` shows them")
            }
            Self::BlobMissing { .. } => {
                Some("put the blob beside the suite, in `blobs/`, or pin the manifest again")
            }
            Self::NoSuite { .. } => Some("`tacho suite list` shows what is here"),
            Self::Ambiguous { .. } => Some("name one by its whole pin"),
            Self::NotCanonical { .. } => Some("use the bytes as `tacho run` wrote them"),
            Self::Grants { .. } => {
                Some("mend or remove that file, then grant again what you want to run")
            }
            _ => None,
        }
    }

    /// What a process ends with for this error.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Io { .. } => ExitCode::Disk,
            Self::Store(error) if error.is_disk() => ExitCode::Disk,
            Self::NoSuite { .. }
            | Self::Ambiguous { .. }
            | Self::BlobMissing { .. }
            | Self::UnknownChannel { .. } => ExitCode::NotFound,
            Self::Manifest(_) | Self::Key { .. } => ExitCode::BadInput,
            _ => ExitCode::NotTrusted,
        }
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
