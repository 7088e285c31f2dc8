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

/// A root as it lies in `suites/trust/root/`, not verified.
pub(crate) struct EmbeddedRoot {
    /// The name of its file, `<version>.toml`.
    pub(crate) name: &'static str,
    /// Its bytes.
    pub(crate) document: &'static [u8],
    /// The bytes of its signatures.
    pub(crate) signatures: &'static [&'static [u8]],
}

/// The lowest counter of a channel that this build accepts, with the epoch that
/// it belongs to; a release raises it to the index of its day.
pub(crate) const FLOORS: &[(&str, u32, u64)] = &[("stable", 1, 1)];

/// The public key that the repository's suites are signed with while there is
/// no release ceremony.
pub(crate) const DEVELOPMENT_KEY: &str = include_str!("../../../suites/development.pub");

mod files {
    use super::{Embedded, EmbeddedRoot};
    include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
}

/// The embedded suites, in the order of their folders.
pub(crate) fn suites() -> &'static [Embedded] {
    files::SUITES
}

/// The embedded roots, oldest first.
pub(crate) fn roots() -> &'static [EmbeddedRoot] {
    files::ROOTS
}

/// The lowest counter that this build accepts of a channel in an epoch.
pub fn floor(channel: &str, epoch: u32) -> u64 {
    let known = FLOORS.iter().find(|(name, of, _)| *name == channel && *of == epoch);
    known.map_or(0, |(_, _, floor)| *floor)
}

/// An embedded blob by the 64 hexadecimal digits of its digest; not verified.
pub(crate) fn blob(hex: &str) -> Option<(&'static str, &'static [u8])> {
    files::BLOBS.iter().copied().find(|(name, _)| name.split('.').next() == Some(hex))
}
