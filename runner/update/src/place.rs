//! Where a client keeps what it knows: the anchor, the state, the store, a lock.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tachograph_model::Digest;
use tachograph_trust::{
    Catalog, MAX_ROOT_BYTES, MAX_SIGNATURE_BYTES, SignedDocument, Store, TrustedRoot,
    create_private_dir, read_regular, write_private,
};

use crate::{State, UpdateError};

/// How long an update waits for a run or another update to end.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Asked before each write, with what is written; its error ends everything
/// there, as a crash would.
pub type Crash = Arc<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

/// The folders of a client, and the roots that it starts from.
#[derive(Clone)]
pub struct Place {
    folder: PathBuf,
    store: PathBuf,
    anchor: Vec<TrustedRoot>,
    crash: Option<Crash>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.folder.display())
    }
}

/// Held while a run measures or an update changes things.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "dropping the file frees the lock")] File);

impl Place {
    /// A data folder, and the roots that the program was built with.
    ///
    /// # Errors
    /// The program was built from roots that do not hold.
    pub fn built_in(data: &Path) -> Result<Self, UpdateError> {
        let anchor = TrustedRoot::embedded()?.to_vec();
        Ok(Self::new(data.join("trust"), data.join("store"), anchor))
    }

    /// A data folder, and a root that the user trusts instead. What is remembered
    /// and stored under it is kept apart.
    ///
    /// # Errors
    /// The root cannot be read, or too few of its own keys signed it.
    pub fn under(data: &Path, root: &Path) -> Result<Self, UpdateError> {
        let anchor = load_root(root)?;
        let folder = data.join(format!("trust-{}", anchor.digest().short()));
        let store = folder.join("store");
        Ok(Self::new(folder, store, vec![anchor]))
    }

    fn new(folder: PathBuf, store: PathBuf, anchor: Vec<TrustedRoot>) -> Self {
        Self { folder, store, anchor, crash: None }
    }

    /// The same, with a failure of the test's choice before a write.
    #[doc(hidden)]
    #[must_use]
    pub fn with_crash(mut self, crash: Crash) -> Self {
        self.crash = Some(crash);
        self
    }

    /// What is known: the roots, the indexes, the time of the last success.
    ///
    /// # Errors
    /// The record is damaged, or a document that it names is.
    pub fn state(&self) -> Result<State, UpdateError> {
        State::load(self)
    }

    /// The suites that are here: built in and in the store, by the root in force,
    /// with those marked that an index withdrew.
    ///
    /// # Errors
    /// As [`Place::state`], and when the store cannot be opened.
    pub fn catalog(&self, state: &State) -> Result<Catalog, UpdateError> {
        let indexes = state.channels().map(|(_, _, index)| index.clone());
        let catalog = indexes.fold(Catalog::trusting(state.root()), Catalog::with_index);
        // A store that nobody has filled is not made just to be looked at.
        match self.store.is_dir() {
            true => Ok(catalog.with_store(self.store()?)),
            false => Ok(catalog),
        }
    }

    /// The store, which is made when it is missing.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn store(&self) -> Result<Store, UpdateError> {
        Ok(Store::open(&self.store)?)
    }

    /// Waits for its turn to change things, ten seconds at most.
    ///
    /// # Errors
    /// [`UpdateError::Busy`] when a run or an update goes on for longer.
    pub fn change(&self) -> Result<Held, UpdateError> {
        let file = self.lock_file()?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Held(file)),
                Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_WAIT => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(UpdateError::Busy { file: self.lock_path().display().to_string() });
                }
                Err(TryLockError::Error(source)) => {
                    return Err(UpdateError::io(&self.lock_path(), source));
                }
            }
        }
    }

    /// Keeps updates away for as long as a run measures; runs do not keep each
    /// other away.
    ///
    /// # Errors
    /// The lock cannot be taken.
    pub fn measure(&self) -> Result<Held, UpdateError> {
        let file = self.lock_file()?;
        file.lock_shared().map_err(|source| UpdateError::io(&self.lock_path(), source))?;
        Ok(Held(file))
    }

    fn lock_file(&self) -> Result<File, UpdateError> {
        create_private_dir(&self.folder).map_err(|source| UpdateError::io(&self.folder, source))?;
        let path = self.lock_path();
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        options.open(&path).map_err(|source| UpdateError::io(&path, source))
    }

    fn lock_path(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(crate) fn state_path(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    pub(crate) fn anchor(&self) -> &[TrustedRoot] {
        &self.anchor
    }

    pub(crate) fn before(&self, write: &str) -> Result<(), UpdateError> {
        match &self.crash {
            Some(crash) => crash(write).map_err(|source| UpdateError::io(&self.folder, source)),
            None => Ok(()),
        }
    }

    /// Replaces the record: the one write that puts an update in force.
    pub(crate) fn write_state(&self, bytes: &[u8]) -> Result<(), UpdateError> {
        self.before("state")?;
        let path = self.state_path();
        create_private_dir(&self.folder)
            .and_then(|()| write_private(&path, bytes))
            .map_err(|source| UpdateError::io(&path, source))
    }

    /// Keeps some bytes in the store.
    pub(crate) fn keep(&self, store: &Store, bytes: &[u8]) -> Result<Digest, UpdateError> {
        self.before("document")?;
        Ok(store.put(bytes)?)
    }
}

/// Reads a root to start from, with the signatures beside it.
pub(crate) fn load_root(path: &Path) -> Result<TrustedRoot, UpdateError> {
    let read = |path: &Path, limit: usize| {
        read_regular(path, limit as u64).map_err(|source| UpdateError::io(path, source))
    };
    let file = path.display().to_string();
    let bytes = read(path, MAX_ROOT_BYTES)?;
    let root = tachograph_trust::read_root(&file, &bytes)?;
    let mut signatures = Vec::new();
    for text in &root.roles.root.keys {
        let Ok(key) = tachograph_trust::PublicKey::parse(text) else { continue };
        let beside = PathBuf::from(tachograph_trust::signature_name(&file, &key));
        if beside.exists() {
            signatures.push(read(&beside, MAX_SIGNATURE_BYTES)?);
        }
    }
    Ok(TrustedRoot::anchor(SignedDocument { file, bytes, signatures })?)
}
