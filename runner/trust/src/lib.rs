//! Who vouches for what: signed suites, pinned blobs and sealed results.
//!
//! - [`signature`](verify): a strict reading of minisign signatures. Bytes are
//!   verified before they are parsed.
//! - [`read_suite`], [`lint`], [`pin_suite`], [`sign_suite`]: suite manifests,
//!   with line, column and the nearest known key in every error.
//! - [`Catalog`]: where suites come from: built in, a [`Store`], or a folder.
//! - [`RunKey`], [`seal`], [`verify_result`]: results as canonical JSON with a
//!   signature by the user's run key; [`share`], [`open_shared`]: both in one
//!   document.
//! - [`Grants`], [`missing`]: what the user allowed plugins outside suites.
//!
//! Everything fails closed, and every error names the file that it is about.
//! Nothing here uses the network.

mod builtin;
mod canonical;
mod catalog;
mod disk;
mod error;
#[cfg(test)]
mod fixture;
mod grants;
mod keys;
mod lint;
mod manifest;
mod manifest_error;
mod pin;
mod run_key;
mod seal;
mod secret_key;
mod shared;
mod sign;
mod signature;
mod source;
mod store;
mod suite;
mod verify_result;
mod walk;

pub use canonical::canonical_json;
pub use catalog::{Catalog, SuiteEntry, SuiteSource};
pub use disk::write_atomic;
pub use error::TrustError;
pub use grants::{
    Ask, COMPONENT_MIB, DRIVER_MEMORY_MIB, Grant, Grants, WORKLOAD_MEMORY_MIB, asks, missing,
};
pub use keys::{KeyError, PublicKey};
pub use lint::{Lint, Severity, lint};
pub use manifest::{Finding, MAX_MANIFEST_BYTES, lint_manifest, read_plugin, read_suite};
pub use manifest_error::ManifestError;
pub use pin::pin_suite;
pub use run_key::RunKey;
pub use seal::{Sealed, result_comment, seal};
pub use secret_key::SecretKey;
pub use shared::{SharedFiles, open_shared, share};
pub use sign::{sign_suite, suite_comment};
pub use signature::{MAX_SIGNATURE_BYTES, SignatureError, TrustedComment, verify};
pub use store::{Store, StoreError};
pub use suite::{VerifiedSuite, development_key, verify_suite};
pub use verify_result::{MAX_RESULT_BYTES, VerifiedResult, verify_result};
