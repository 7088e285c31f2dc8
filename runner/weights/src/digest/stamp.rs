//! What tells a file that was changed from one that was not.

use std::{
    fs::Metadata,
    io::{Error, ErrorKind, Result},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// A file at a moment. Any difference makes it another file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stamp {
    /// The canonical path: links are followed.
    pub(crate) path: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Seconds and nanoseconds of the last change of the contents.
    modified: (u64, u32),
    /// Of the last change of the file or its name, where the system tells it.
    /// Programs that copy set the time above; they cannot set this one.
    changed: Option<(i64, i64)>,
}

impl Stamp {
    pub(crate) fn of(path: &Path, about: &Metadata) -> Result<Stamp> {
        let path = path.canonicalize()?;
        let path = path.to_str().ok_or_else(|| Error::from(ErrorKind::InvalidFilename))?.to_owned();
        let modified = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = (modified.as_secs(), modified.subsec_nanos());
        Ok(Stamp { path, size: about.len(), modified, changed: changed(about) })
    }

    /// Whether it was written so shortly before that moment that a later write
    /// might leave the same time: some file systems count in steps of two
    /// seconds.
    pub(crate) fn is_fresh(&self, then: SystemTime) -> bool {
        let then = then.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.modified.0.saturating_add(3) > then
    }
}

#[cfg(unix)]
fn changed(about: &Metadata) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((about.ctime(), about.ctime_nsec()))
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<(i64, i64)> {
    None
}
