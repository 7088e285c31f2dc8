//! Who vouches for what: signed suites, pinned blobs and sealed results.
//!
//! - [`signature`](verify): a strict reading of minisign signatures. Bytes are
//!   verified before they are parsed.
//! - [`read_suite`], [`lint`], [`pin_suite`], [`sign_suite`]: suite manifests,
//!   with line, column and the nearest known key in every error.
//! - [`Catalog`]: where suites come from: built in, a [`Store`], or a folder.
//! - [`TrustedRoot`], [`VerifiedChannel`]: which keys may sign what, and what a
//!   channel offers; pure checks, with [`Staleness`] for good signatures at the
//!   wrong time.
//! - [`RunKey`], [`seal`], [`verify_result`]: results as canonical JSON with a
//!   signature by the user's run key; [`seal_reproduction`] the answers to them;
//!   [`share`], [`open_shared`]: result and seal in one document.
//! - [`write_tar`], [`read_tar`]: the files that suites and evidence travel in.
//! - [`Grants`], [`missing`]: what the user allowed plugins outside suites.
//!
//! Everything fails closed, and every error names the file that it is about.
//! Nothing here uses the network.

mod builtin;
mod canonical;
mod catalog;
mod channel;
mod disk;
mod document;
mod error;
#[cfg(test)]
mod fixture;
mod grants;
mod incoming;
mod keys;
mod lint;
mod manifest;
mod manifest_error;
mod pin;
mod reproduction;
mod root;
mod run_key;
mod seal;
mod secret_key;
mod shared;
mod sign;
mod signature;
mod source;
mod staleness;
mod store;
mod suite;
mod tar;
mod threshold;
mod verify_result;
mod walk;

pub use builtin::floor as builtin_floor;
pub use canonical::canonical_json;
pub use catalog::{Catalog, SuiteEntry, SuiteSource};
pub use channel::{MAX_STEP, Seen, Times, VerifiedChannel};
pub use disk::{create_private_dir, read_regular, write_atomic, write_private};
pub use document::{
    CHANNEL_DAYS, MAX_CHANNEL_BYTES, MAX_ROOT_BYTES, ROOT_DAYS, SignedDocument, channel_comment,
    read_channel, read_root, root_comment, signature_name,
};
pub use error::TrustError;
pub use grants::{Ask, Grant, Grants, asks, missing};
pub use incoming::Incoming;
pub use keys::{KeyError, PublicKey};
pub use lint::{Lint, Severity, lint};
pub use manifest::{Finding, MAX_MANIFEST_BYTES, lint_manifest, read_plugin, read_suite};
pub use manifest_error::ManifestError;
pub use pin::pin_suite;
pub use reproduction::{
    MAX_REPRODUCTION_BYTES, SealedReproduction, reproduction_comment, seal_reproduction,
    verify_reproduction,
};
pub use root::{Successor, TrustedRoot};
pub use run_key::RunKey;
pub use seal::{Sealed, result_comment, seal};
pub use secret_key::SecretKey;
pub use shared::{SharedFiles, open_shared, share};
pub use sign::{sign_document, sign_suite, suite_comment};
pub use signature::{MAX_SIGNATURE_BYTES, SignatureError, TrustedComment, verify};
pub use staleness::Staleness;
pub use store::{Store, StoreError};
pub use suite::{VerifiedSuite, development_key, verify_suite};
pub use tar::{TarEntry, TarError, read_tar, write_tar};
pub use verify_result::{MAX_RESULT_BYTES, VerifiedResult, verify_result};
