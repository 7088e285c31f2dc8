//! `tacho note`: a word on a run, kept beside its sealed result.
//!
//! Notes are in `notes.json` in the run's folder. They are no part of the
//! result: the seal does not cover them, and they may be added at any time.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::Args;
use serde::{Deserialize, Serialize};
use tachograph_model::{Digest, ExitCode};
use tachograph_trust::write_atomic;

use crate::{error::CliError, printer, world::World};

const FILE: &str = "notes.json";
/// The version of the file.
const SCHEMA: u32 = 1;
/// Characters of a note.
const LONGEST: usize = 1000;
/// Digits of the run id in a folder's name.
const NAME_DIGITS: usize = 16;

/// Keep a note beside a run.
#[derive(Debug, Args)]
pub(crate) struct Note {
    /// The first digits of a run id, a result file, or `latest`.
    run: String,
    /// The note; without one, the notes of the run are printed.
    text: Option<String>,
}

/// The file of notes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    kind: String,
    schema: u32,
    notes: Vec<Entry>,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// When it was written, seconds since 1970.
    pub at_unix_s: u64,
    /// What it says.
    pub text: String,
}

pub(crate) fn run(command: &Note) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let id = world.archive()?.find(&command.run)?.run_id();
    let folder = folder(&world, &id);
    match &command.text {
        Some(text) => {
            add(&folder, text)?;
            printer::talk(&format!("noted beside {}", id.short()));
        }
        None => {
            for note in read(&folder)? {
                let text = tachograph_report::printable(&note.text);
                printer::data(&format!("{}  {text}", tachograph_report::utc(note.at_unix_s)))?;
            }
        }
    }
    Ok(ExitCode::Ok)
}

/// The folder of a run that is kept here.
pub(crate) fn folder(world: &World, id: &Digest) -> PathBuf {
    world.home.data.join("runs").join(&id.hex()[..NAME_DIGITS])
}

/// The notes of a run's folder, oldest first; none where there is no file.
///
/// # Errors
/// [`CliError::Disk`] when the file cannot be read or is no file of notes.
pub(crate) fn read(folder: &Path) -> Result<Vec<Entry>, CliError> {
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(CliError::disk("read", &path))?,
    };
    let wrong = |why: String| {
        CliError::disk("read", &path)(io::Error::new(io::ErrorKind::InvalidData, why))
    };
    let notes: Notes = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    match (notes.kind.as_str(), notes.schema) {
        ("notes", SCHEMA) => Ok(notes.notes),
        (kind, schema) => Err(wrong(format!("it is `{kind}` of schema {schema}"))),
    }
}

/// Adds a note to a run's folder.
///
/// # Errors
/// [`CliError::Usage`] for a note that says nothing or is too long, or a run
/// that is not kept here; [`CliError::Disk`] when it cannot be written.
pub(crate) fn add(folder: &Path, text: &str) -> Result<(), CliError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(CliError::Usage(format!("a note has 1 to {LONGEST} characters")));
    }
    if !folder.is_dir() {
        return Err(CliError::Usage("only runs that are kept on this machine take notes".into()));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut notes = read(folder)?;
    notes.push(Entry { at_unix_s: now.as_secs(), text: text.to_owned() });
    let file = Notes { kind: "notes".to_owned(), schema: SCHEMA, notes };
    let path = folder.join(FILE);
    let bytes = serde_json::to_vec_pretty(&file)
        .map_err(|error| CliError::disk("write", &path)(io::Error::other(error)))?;
    write_atomic(&path, &bytes).map_err(CliError::disk("write", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_kept_in_order_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        add(folder.path(), " flash attention on ").unwrap();
        add(folder.path(), "the new build").unwrap();
        let texts: Vec<String> =
            read(folder.path()).unwrap().into_iter().map(|note| note.text).collect();
        assert_eq!(texts, ["flash attention on", "the new build"]);
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(add(folder.path(), "  "), Err(CliError::Usage(_))));
        let long = "x".repeat(LONGEST + 1);
        assert!(matches!(add(folder.path(), &long), Err(CliError::Usage(_))));
        let gone = folder.path().join("gone");
        assert!(matches!(add(&gone, "a"), Err(CliError::Usage(_))));
        fs::write(folder.path().join(FILE), r#"{"kind":"notes","schema":9,"notes":[]}"#).unwrap();
        let error = add(folder.path(), "a").unwrap_err().to_string();
        assert!(
            error.contains("schema 9"),
            "a file of a later version is not overwritten: {error}"
        );
    }
}
