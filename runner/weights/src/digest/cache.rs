//! Digests that were worked out before.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{Digest, stamp::Stamp};
use crate::WeightsError;

/// The name of the file in the caller's folder.
const FILE: &str = "model-digests.json";
/// The version of the file.
const VERSION: u32 = 1;
/// Models that are kept; the oldest go first.
const MODELS: usize = 256;
/// The longest file that is read.
const BYTES: u64 = 8 << 20;

/// Digests of models that were hashed before, in one JSON file of a folder.
///
/// An entry counts only while path, size and times of every file are what they
/// were. A cache that cannot be read counts as empty, and the next digest
/// replaces it. It holds paths of this machine: it is not for sharing. Whoever
/// can write to it could put a wrong digest there; that is the user.
#[derive(Debug, Clone)]
pub struct DigestCache {
    folder: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// The oldest first.
    models: Vec<Model>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    files: Vec<Stamp>,
    digest: Digest,
}

impl Model {
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }
}

impl DigestCache {
    /// A cache in that folder, which is made when something is first kept.
    pub fn new(folder: impl Into<PathBuf>) -> DigestCache {
        DigestCache { folder: folder.into() }
    }

    pub(crate) fn get(&self, files: &[Stamp]) -> Option<Digest> {
        let models = self.load();
        models.into_iter().find(|model| model.files == files).map(|model| model.digest)
    }

    /// Keeps a digest, unless a file is so fresh that its time may not tell a
    /// later change.
    pub(crate) fn keep(
        &self,
        files: Vec<Stamp>,
        digest: Digest,
        begun: SystemTime,
    ) -> Result<(), WeightsError> {
        if files.iter().any(|file| file.is_fresh(begun)) {
            return Ok(());
        }
        let kept = Model { files, digest };
        let mut models = self.load();
        models.retain(|model| !model.paths().eq(kept.paths()));
        models.push(kept);
        models.drain(..models.len().saturating_sub(MODELS));
        let stored = Stored { version: VERSION, models };
        self.store(&stored).map_err(|source| WeightsError::Io {
            action: "write",
            file: FILE.to_owned(),
            source,
        })
    }

    /// What is stored; nothing where that cannot be read.
    fn load(&self) -> Vec<Model> {
        let Ok(file) = File::open(self.folder.join(FILE)) else { return Vec::new() };
        let mut bytes = Vec::new();
        if file.take(BYTES).read_to_end(&mut bytes).is_err() {
            return Vec::new();
        }
        match serde_json::from_slice::<Stored>(&bytes) {
            Ok(stored) if stored.version == VERSION => stored.models,
            _ => Vec::new(),
        }
    }

    /// Replaces the file in one step, so that no reader finds half of it.
    fn store(&self, stored: &Stored) -> std::io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        std::fs::create_dir_all(&self.folder)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let new = self.folder.join(format!(".{FILE}.{}-{number}", std::process::id()));
        let written = write(&new, stored).and_then(|()| {
            std::fs::rename(&new, self.folder.join(FILE))?;
            sync_folder(&self.folder)
        });
        if written.is_err() {
            // The first failure is the one to tell.
            let _ = std::fs::remove_file(&new);
        }
        written
    }
}

fn write(path: &Path, stored: &Stored) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(&serde_json::to_vec(stored)?)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{ops::ControlFlow, time::Duration};

    use super::*;
    use crate::digest::{Digested, digest};

    struct Case {
        folder: tempfile::TempDir,
        cache: DigestCache,
    }

    impl Case {
        fn new() -> Case {
            let folder = tempfile::tempdir().unwrap();
            let cache = DigestCache::new(folder.path().join("cache/deep"));
            let case = Case { folder, cache };
            case.write("one", 1000);
            case
        }

        fn model(&self) -> PathBuf {
            self.folder.path().join("m.gguf")
        }

        /// The model file, last written that many seconds after 1970.
        fn write(&self, text: &str, seconds: u64) {
            std::fs::write(self.model(), text).unwrap();
            let file = OpenOptions::new().write(true).open(self.model()).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }

        fn digest(&self) -> Digested {
            let go_on = &mut |_| ControlFlow::Continue(());
            digest(&[self.model()], Some(&self.cache), go_on).unwrap()
        }

        fn stored(&self) -> PathBuf {
            self.cache.folder.join(FILE)
        }
    }

    #[test]
    fn an_unchanged_file_is_read_once() {
        let case = Case::new();
        let first = case.digest();
        assert!(!first.from_cache && first.not_kept.is_none());
        let second = case.digest();
        assert!(second.from_cache);
        assert_eq!((first.digest, second.digest), (Digest::of(b"one"), Digest::of(b"one")));
        let files: Vec<_> = std::fs::read_dir(&case.cache.folder).unwrap().collect();
        assert_eq!(files.len(), 1, "no temporary file is left");
    }

    #[test]
    fn size_time_and_path_make_another_file() {
        let case = Case::new();
        case.digest();
        case.write("two", 2000);
        let other_time = case.digest();
        assert_eq!((other_time.digest, other_time.from_cache), (Digest::of(b"two"), false));
        case.write("three", 2000);
        assert_eq!(case.digest().digest, Digest::of(b"three"));
        // The same place again: the entry was replaced, not added.
        let text = std::fs::read_to_string(case.stored()).unwrap();
        assert_eq!(text.matches("m.gguf").count(), 1);
        let copy = case.folder.path().join("n.gguf");
        std::fs::copy(case.model(), &copy).unwrap();
        let go_on = &mut |_| ControlFlow::Continue(());
        assert!(!digest(&[copy], Some(&case.cache), go_on).unwrap().from_cache);
    }

    /// A program that writes and sets the time back cannot hide it.
    #[cfg(unix)]
    #[test]
    fn a_time_that_was_set_back_does_not_hide_a_change() {
        let case = Case::new();
        case.digest();
        std::thread::sleep(Duration::from_millis(20));
        case.write("owt", 1000);
        let found = case.digest();
        assert_eq!((found.digest, found.from_cache), (Digest::of(b"owt"), false));
    }

    #[test]
    fn a_fresh_file_is_not_kept() {
        let case = Case::new();
        std::fs::write(case.model(), "just now").unwrap();
        case.digest();
        assert!(!case.stored().exists());
    }

    #[test]
    fn a_broken_cache_counts_as_empty_and_is_replaced() {
        for broken in ["", "{", "[]", r#"{"version":2,"models":[]}"#, "\0\0\0"] {
            let case = Case::new();
            case.digest();
            std::fs::write(case.stored(), broken).unwrap();
            let found = case.digest();
            assert!(!found.from_cache && found.not_kept.is_none(), "{broken}");
            assert!(case.digest().from_cache);
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_does_not_cost_the_digest() {
        let case = Case::new();
        std::fs::write(case.folder.path().join("cache"), "a file").unwrap();
        let found = case.digest();
        assert_eq!(found.digest, Digest::of(b"one"));
        assert_eq!(found.not_kept.unwrap().code(), "io");
    }

    #[test]
    fn the_oldest_models_go() {
        let case = Case::new();
        case.digest();
        let text = std::fs::read_to_string(case.stored()).unwrap();
        let mut stored: Stored = serde_json::from_str(&text).unwrap();
        let one = stored.models.pop().unwrap();
        for number in 0..MODELS + 10 {
            let mut files = one.files.clone();
            files[0].path = format!("/m{number}");
            stored.models.push(Model { files, digest: one.digest });
        }
        case.cache.store(&stored).unwrap();
        case.write("one", 3000);
        case.digest();
        let models = case.cache.load();
        assert_eq!(models.len(), MODELS);
        assert_eq!(models[0].files[0].path, "/m11");
        assert!(models.last().unwrap().files[0].path.ends_with("m.gguf"));
    }
}
