//! Which model it is: the SHA-256 of its weights.

mod cache;
mod stamp;
mod value;

use std::{
    fs::File,
    io::Read,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

pub use cache::DigestCache;
use sha2::{Digest as _, Sha256};
use stamp::Stamp;
pub use value::Digest;

use crate::{WeightsError, files};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// How far hashing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were hashed.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
}

/// A digest and how it was come by.
#[derive(Debug)]
pub struct Digested {
    /// The SHA-256 of all files, one after the other.
    pub digest: Digest,
    /// Bytes of all files.
    pub bytes: u64,
    /// Whether it was taken from the cache.
    pub from_cache: bool,
    /// Why the cache could not keep it. The digest holds nevertheless.
    pub not_kept: Option<WeightsError>,
}

/// The SHA-256 over whole files in the given order.
///
/// With a cache, files that have not changed since they were last hashed are
/// not read again. `progress` is told after each MiB, and may stop the reading.
///
/// # Errors
/// [`WeightsError::Io`]; [`WeightsError::NotWeights`] for anything but plain
/// files; [`WeightsError::Changed`] if a file was written to meanwhile;
/// [`WeightsError::Stopped`].
pub fn digest(
    files: &[PathBuf],
    cache: Option<&DigestCache>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Digested, WeightsError> {
    let before = stamps(files)?;
    let bytes = before.iter().map(|stamp| stamp.size).fold(0, u64::saturating_add);
    if let Some(digest) = cache.and_then(|cache| cache.get(&before)) {
        return Ok(Digested { digest, bytes, from_cache: true, not_kept: None });
    }
    let begun = std::time::SystemTime::now();
    let mut all = Sha256::new();
    let mut at = Progress { done: 0, total: bytes };
    for file in files {
        hash(file, &mut all, &mut at, progress)?;
    }
    let after = stamps(files)?;
    if let Some((_, file)) =
        before.iter().zip(&after).zip(files).find(|((before, after), _)| before != after)
    {
        return Err(WeightsError::Changed { file: files::name(file) });
    }
    let digest = Digest::from_bytes(all.finalize().into());
    let not_kept = cache.and_then(|cache| cache.keep(after, digest, begun).err());
    Ok(Digested { digest, bytes, from_cache: false, not_kept })
}

fn stamps(files: &[PathBuf]) -> Result<Vec<Stamp>, WeightsError> {
    let io =
        |file: &Path, source| WeightsError::Io { action: "read", file: files::name(file), source };
    files
        .iter()
        .map(|file| {
            let about = std::fs::metadata(file).map_err(|source| io(file, source))?;
            if !about.is_file() {
                return Err(WeightsError::NotWeights { file: files::name(file) });
            }
            Stamp::of(file, &about).map_err(|source| io(file, source))
        })
        .collect()
}

fn hash(
    path: &Path,
    all: &mut Sha256,
    at: &mut Progress,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), WeightsError> {
    let io = |source| WeightsError::Io { action: "read", file: files::name(path), source };
    let mut file = File::open(path).map_err(io)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io(error)),
        };
        all.update(&buffer[..read]);
        at.done += read as u64;
        // A file that grows while it is read would never end.
        if at.done > at.total {
            return Err(WeightsError::Changed { file: files::name(path) });
        }
        if progress(*at).is_break() {
            return Err(WeightsError::Stopped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_its_files_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
        std::fs::write(&files[0], vec![1; CHUNK + 1]).unwrap();
        std::fs::write(&files[1], "b").unwrap();
        let mut told = Vec::new();
        let found = digest(&files, None, &mut |at| {
            told.push(at.done);
            ControlFlow::Continue(())
        });
        let found = found.unwrap();
        let whole = [&vec![1; CHUNK + 1][..], b"b"].concat();
        assert_eq!(found.digest, Digest::of(&whole));
        assert_eq!((found.bytes, found.from_cache), (whole.len() as u64, false));
        assert_eq!(told, [CHUNK as u64, CHUNK as u64 + 1, CHUNK as u64 + 2]);
    }

    #[test]
    fn it_stops_when_told_and_refuses_what_never_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let stopped = digest(std::slice::from_ref(&file), None, &mut |_| ControlFlow::Break(()));
        assert_eq!(stopped.unwrap_err().code(), "stopped");
        let grown = digest(std::slice::from_ref(&file), None, &mut |_| {
            std::fs::write(&file, "1234").unwrap();
            ControlFlow::Continue(())
        });
        assert_eq!(grown.unwrap_err().code(), "changed");
        #[cfg(unix)]
        {
            let zero = digest(&["/dev/zero".into()], None, &mut |_| ControlFlow::Continue(()));
            assert_eq!(zero.unwrap_err().code(), "not-weights");
        }
    }
}
