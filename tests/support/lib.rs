//! What the end-to-end tests share: the built `tacho` in a home of its own.
//!
//! The tests drive the program that `cargo build --release --bin tacho` made,
//! as a user would, and look only at what a user can see.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

pub mod channel;
pub mod engine;
pub mod proxy;
pub mod scripted;
pub mod tls;

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tachograph_tape::Tape;
use tempfile::TempDir;

/// `tacho` with a home of its own, which is removed at the end.
pub struct Tacho {
    home: TempDir,
}

/// What a command said and ended with.
#[derive(Debug)]
pub struct Said {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Runs a command to its end.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Self { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Fails the test unless the exit code is the expected one.
    ///
    /// # Panics
    /// With everything that was said.
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

impl Default for Tacho {
    fn default() -> Self {
        Self::new()
    }
}

impl Tacho {
    /// A `tacho` that nobody has used yet.
    ///
    /// # Panics
    /// When no folder can be made.
    #[must_use]
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a folder for the home") }
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command of it.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(args)
            .env("TACHO_HOME", self.home())
            .env("TACHO_LAB", lab())
            .env_remove("TACHO_LOG")
            .env("NO_COLOR", "1")
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(&mut self.command(args))
    }

    /// Starts a command and leaves it running, its talk thrown away.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    /// The folders of runs, sealed ones and recordings.
    #[must_use]
    pub fn run_folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.home().join("data/runs")) else {
            return Vec::new();
        };
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort();
        folders
    }
}

/// The built program, beside the test binaries.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn program() -> PathBuf {
    let mut folder = std::env::current_exe().expect("the path of this test");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let program = folder.join(format!("tacho{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "first: cargo build --release --bin tacho");
    program
}

/// The root of the checkout.
#[must_use]
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Where `tests/lab/install.sh` puts real servers.
#[must_use]
pub fn lab() -> PathBuf {
    std::env::var_os("TACHO_LAB").map_or_else(|| checkout().join("target/lab"), PathBuf::from)
}

/// Every file below a folder with its bytes, the records of tapes unpacked.
///
/// # Panics
/// When something cannot be read.
#[must_use]
pub fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else if path.extension().is_some_and(|extension| extension == "tape") {
            for record in Tape::read(&path).expect("a tape").records {
                found.push((path.clone(), record.json.to_string().into_bytes()));
                found.extend(record.blobs.into_iter().map(|blob| (path.clone(), blob)));
            }
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            found.push((path, bytes));
        }
    }
    found
}

/// Whether bytes hold a text.
#[must_use]
pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Reads a JSON file.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}
