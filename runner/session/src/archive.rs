//! Where runs are kept: one folder each, named by its run id.
//!
//! While a run measures, its tape grows in a folder named `.recording-…`. The
//! folder gets its final name only after result, signature and tape are on
//! disk, so a folder without the prefix is always whole. What a killed run left
//! behind is listed as [`Unsealed`] and never mistaken for a result.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tachograph_model::{Digest, Pin, RunResult};
use tachograph_tape::{Record, Tape};
use tachograph_trust::{Sealed, SharedFiles, open_shared, write_atomic};

use crate::{SessionError, error::disk, journal::read_fact};

const RECORDING: &str = ".recording-";
const RESULT: &str = "result.json";
const SIGNATURE: &str = "result.json.minisig";
const TAPE: &str = "run.tape";
/// A driver that no suite pins, kept so that the run can be replayed.
const DRIVER: &str = "driver.wasm";
/// Digits of the run id in a folder's name.
const NAME_DIGITS: usize = 16;

/// The folder of all runs.
#[derive(Debug, Clone)]
pub struct Archive {
    runs: PathBuf,
}

/// A run that is being recorded.
#[derive(Debug)]
pub(crate) struct Recording {
    folder: PathBuf,
}

impl Recording {
    pub(crate) fn tape_path(&self) -> PathBuf {
        self.folder.join(TAPE)
    }

    /// Keeps a driver that no suite pins.
    pub(crate) fn keep_driver(&self, bytes: &[u8]) -> Result<(), SessionError> {
        let path = self.folder.join(DRIVER);
        write_atomic(&path, bytes).map_err(disk("write", &path))
    }

    /// Removes a recording that holds nothing worth keeping.
    pub(crate) fn discard(self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "cannot remove a recording");
        }
    }
}

/// A sealed run as stored: bytes, signature, and where its tape is.
#[derive(Debug, Clone)]
pub struct SealedRun {
    /// The canonical bytes of the result.
    pub result_bytes: Vec<u8>,
    /// The signature file's bytes.
    pub signature_bytes: Vec<u8>,
    result: PathBuf,
    tape: PathBuf,
}

impl SealedRun {
    /// A result that is not on disk: it has no tape.
    pub(crate) fn loose(name: &str, result_bytes: Vec<u8>, signature_bytes: Vec<u8>) -> Self {
        let (result, tape) = (PathBuf::from(name), PathBuf::new());
        Self { result_bytes, signature_bytes, result, tape }
    }

    /// The result's file.
    pub fn result_path(&self) -> &Path {
        &self.result
    }

    /// The tape's file; it may be gone when only the result was copied.
    pub fn tape_path(&self) -> PathBuf {
        self.tape.clone()
    }

    /// The file of a driver that no suite pins; it is there when the run used one.
    pub fn driver_path(&self) -> PathBuf {
        self.tape.with_file_name(DRIVER)
    }

    /// The run id: the digest of the result's bytes.
    pub fn run_id(&self) -> Digest {
        Digest::of(&self.result_bytes)
    }

    /// The result, read but not verified.
    ///
    /// # Errors
    /// [`SessionError::Malformed`] when the bytes are no result.
    pub fn result(&self) -> Result<RunResult, SessionError> {
        serde_json::from_slice(&self.result_bytes).map_err(|error| SessionError::Malformed {
            what: self.result.display().to_string(),
            reason: error.to_string(),
        })
    }
}

/// A line of the list of runs.
#[derive(Debug, Clone)]
pub struct RunEntry {
    /// The run id.
    pub id: Digest,
    /// The result, read but not verified.
    pub result: RunResult,
}

/// A recording that was never sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// Its tape.
    pub tape: PathBuf,
}

impl Archive {
    /// The archive in a data folder, which is made when it is missing.
    ///
    /// # Errors
    /// [`SessionError::Disk`] when the folder cannot be made.
    pub fn open(data: &Path) -> Result<Self, SessionError> {
        let runs = data.join("runs");
        fs::create_dir_all(&runs).map_err(disk("create", &runs))?;
        Ok(Self { runs })
    }

    /// The folder of a run that is kept here; `None` when it is not.
    pub(crate) fn folder(&self, run: &Digest) -> Option<PathBuf> {
        let folder = self.runs.join(&run.hex()[..NAME_DIGITS]);
        folder.join(RESULT).is_file().then_some(folder)
    }

    /// The folder for what started backends print.
    pub(crate) fn logs(&self) -> PathBuf {
        self.runs.with_file_name("logs")
    }

    /// The folder for digests of model files.
    pub(crate) fn digests(&self) -> PathBuf {
        self.runs.with_file_name("models")
    }

    pub(crate) fn record(&self, started_unix_s: u64) -> Result<Recording, SessionError> {
        let pid = std::process::id();
        for n in 0.. {
            let folder = self.runs.join(format!("{RECORDING}{started_unix_s}-{pid}-{n}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Recording { folder }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(disk("create", &folder)(error)),
            }
        }
        unreachable!("the loop ends with a folder or an error")
    }

    pub(crate) fn seal(
        &self,
        recording: Recording,
        sealed: Sealed,
    ) -> Result<SealedRun, SessionError> {
        let from = &recording.folder;
        for (name, bytes) in
            [(RESULT, &sealed.bytes[..]), (SIGNATURE, sealed.signature_text.as_bytes())]
        {
            let path = from.join(name);
            write_atomic(&path, bytes).map_err(disk("write", &path))?;
        }
        let folder = self.runs.join(&sealed.run_id.hex()[..NAME_DIGITS]);
        fs::rename(from, &folder).map_err(disk("rename", from))?;
        // The rename is on disk only once the folder above is.
        if let Ok(runs) = fs::File::open(&self.runs) {
            let _ = runs.sync_all();
        }
        Ok(SealedRun {
            result_bytes: sealed.bytes,
            signature_bytes: sealed.signature_text.into_bytes(),
            result: folder.join(RESULT),
            tape: folder.join(TAPE),
        })
    }

    /// The sealed runs, newest first, and what was never sealed.
    ///
    /// # Errors
    /// [`SessionError::Disk`] when the folder cannot be read. A run whose result
    /// cannot be read is left out and logged.
    pub fn list(&self) -> Result<(Vec<RunEntry>, Vec<Unsealed>), SessionError> {
        let (mut sealed, mut unsealed) = (Vec::new(), Vec::new());
        for folder in fs::read_dir(&self.runs).map_err(disk("read", &self.runs))? {
            let folder = folder.map_err(disk("read", &self.runs))?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(RECORDING) {
                unsealed.push(Unsealed { tape: folder.join(TAPE) });
                continue;
            }
            match read(&folder.join(RESULT)).and_then(|run| Ok((run.run_id(), run.result()?))) {
                Ok((id, result)) => sealed.push(RunEntry { id, result }),
                Err(error) => tracing::warn!(folder = %folder.display(), %error, "left out"),
            }
        }
        sealed.sort_by_key(|run| (std::cmp::Reverse(run.result.started_unix_s), run.id));
        unsealed.sort_by(|a, b| a.tape.cmp(&b.tape));
        Ok((sealed, unsealed))
    }

    /// The digests that the runs kept here name: suites, and plugins too. A
    /// recording that was never sealed counts as far as it can be read.
    ///
    /// # Errors
    /// The folder, or a sealed result, cannot be read: what is not understood
    /// might name anything.
    pub fn named(&self) -> Result<BTreeSet<Digest>, SessionError> {
        let mut named = BTreeSet::new();
        for folder in fs::read_dir(&self.runs).map_err(disk("read", &self.runs))? {
            let folder = folder.map_err(disk("read", &self.runs))?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(RECORDING) {
                let tape = Tape::read(&folder.join(TAPE)).map(|tape| tape.records);
                named.extend(tape.ok().and_then(|records| pin_of(&records)));
                continue;
            }
            let result = read(&folder.join(RESULT))?.result()?;
            named.insert(result.suite.pin.digest);
            named.extend(result.plugins.iter().map(|plugin| plugin.sha256));
        }
        Ok(named)
    }

    /// A run by its id (or the first digits of it), its folder, its result
    /// file, a file that `tacho share` wrote, or `latest`.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when no run or more than one fits.
    pub fn find(&self, spec: &str) -> Result<SealedRun, SessionError> {
        let path = Path::new(spec);
        if path.is_dir() {
            return read(&path.join(RESULT));
        }
        if path.is_file() {
            return self.exported(path);
        }
        let wanted = spec.strip_prefix("sha256:").unwrap_or(spec);
        let (runs, _) = self.list()?;
        let fits: Vec<&RunEntry> = match spec {
            "latest" => runs.iter().take(1).collect(),
            _ if wanted.len() >= 4 => {
                runs.iter().filter(|run| run.id.hex().starts_with(wanted)).collect()
            }
            _ => Vec::new(),
        };
        match fits[..] {
            [run] => read(&self.runs.join(&run.id.hex()[..NAME_DIGITS]).join(RESULT)),
            _ => Err(SessionError::Unknown {
                what: "run",
                name: spec.to_owned(),
                known: runs.iter().take(8).map(|run| run.id.short()).collect(),
            }),
        }
    }

    /// A copy of a result outside the archive; its tape is still here, if at all.
    fn exported(&self, path: &Path) -> Result<SealedRun, SessionError> {
        let mut run = read(path)?;
        if !run.tape.is_file() {
            run.tape = self.runs.join(&run.run_id().hex()[..NAME_DIGITS]).join(TAPE);
        }
        Ok(run)
    }
}

/// The suite of a recording: its first fact says it.
fn pin_of(records: &[Record]) -> Option<Digest> {
    let (key, value) = records.iter().find_map(|record| read_fact(record).ok())?;
    let pin = (key == "begin").then(|| value.get("pin")?.as_str()).flatten()?;
    pin.parse::<Pin>().ok().map(|pin| pin.digest)
}

fn read(result: &Path) -> Result<SealedRun, SessionError> {
    let bytes = |path: &Path| fs::read(path).map_err(disk("read", path));
    let mut signature = result.as_os_str().to_owned();
    signature.push(".minisig");
    let result_bytes = bytes(result)?;
    let files = match bytes(Path::new(&signature)) {
        Ok(signature) => SharedFiles { result: result_bytes, signature },
        // A shared result holds its seal inside.
        Err(absent) => {
            open_shared(&result_bytes, &result.display().to_string()).map_err(|_| absent)?
        }
    };
    Ok(SealedRun {
        result_bytes: files.result,
        signature_bytes: files.signature,
        result: result.to_owned(),
        tape: result.with_file_name(TAPE),
    })
}
