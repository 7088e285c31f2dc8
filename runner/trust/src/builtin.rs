//! The suites that are part of the program, embedded by `build.rs`.

/// A suite as it lies in `suites/`, not verified.
pub(crate) struct Embedded {
    /// The name of its folder.
    pub(crate) folder: &'static str,
    /// The bytes of `suite.toml`.
    pub(crate) manifest: &'static [u8],
    /// The bytes of `suite.toml.minisig`.
    pub(crate) signature: &'static [u8],
}

/// The public key that the repository's suites are signed with while there is
/// no release ceremony.
pub(crate) const DEVELOPMENT_KEY: &str = include_str!("../../../suites/development.pub");

mod files {
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
}

/// The embedded suites, in the order of their folders.
pub(crate) fn suites() -> &'static [Embedded] {
    files::SUITES
}

/// An embedded blob by the 64 hexadecimal digits of its digest; not verified.
pub(crate) fn blob(hex: &str) -> Option<(&'static str, &'static [u8])> {
    files::BLOBS.iter().copied().find(|(name, _)| name.split('.').next() == Some(hex))
}
