//! Where rows of others are kept: a file each, named by the row's digest, apart
//! from the runs of this machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tachograph_model::{Digest, Imported};
use tachograph_trust::{canonical_json, write_atomic};

use crate::{Row, ShareError};

const KIND: &str = "imported";
const SCHEMA: u32 = 1;
/// The one level of evidence that a row without seal and tape can have.
const CLAIMED: &str = "claimed";
/// Digits of the digest in a file's name.
const NAME_DIGITS: usize = 16;

/// The folder of imported rows.
#[derive(Debug, Clone)]
pub struct Imports {
    folder: PathBuf,
}

/// A row of the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The digest of the row's canonical JSON.
    pub id: Digest,
    /// The row, and when it came.
    pub imported: Imported,
}

impl Imports {
    /// The folder below a data folder; it is made when the first row is kept.
    pub fn under(data: &Path) -> Self {
        Self { folder: data.join("imported") }
    }

    /// Keeps a row; one that is here already stays as it is.
    ///
    /// # Errors
    /// [`ShareError::Io`] when it cannot be written.
    pub fn keep(&self, row: &Row, now_unix_s: u64) -> Result<Digest, ShareError> {
        let form = |error: serde_json::Error| ShareError::Form { reason: error.to_string() };
        let id = Digest::of(&canonical_json(&row.row).map_err(form)?);
        let imported = Imported {
            kind: KIND.to_owned(),
            schema: SCHEMA,
            evidence: CLAIMED.to_owned(),
            imported_unix_s: now_unix_s,
            row: row.row.clone(),
            left_out: row.left_out.clone(),
        };
        let path = self.folder.join(format!("{}.json", &id.hex()[..NAME_DIGITS]));
        if !path.exists() {
            let bytes = canonical_json(&imported).map_err(form)?;
            fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
            write_atomic(&path, &bytes).map_err(at(&path))?;
        }
        Ok(id)
    }

    /// The rows, newest first. A file that is none is left out and logged.
    ///
    /// # Errors
    /// [`ShareError::Io`] when the folder is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Kept>, ShareError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&self.folder))?,
        };
        let mut kept = Vec::new();
        for entry in entries {
            let path = entry.map_err(at(&self.folder))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match read(&path) {
                Ok(row) => kept.push(row),
                Err(reason) => {
                    tracing::warn!(file = %path.display(), %reason, "an imported row is left out");
                }
            }
        }
        kept.sort_by_key(|row| (std::cmp::Reverse(row.imported.imported_unix_s), row.id));
        Ok(kept)
    }
}

fn read(path: &Path) -> Result<Kept, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let imported: Imported = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    match (imported.kind.as_str(), imported.schema, imported.evidence.as_str()) {
        (KIND, SCHEMA, CLAIMED) => {
            let row = canonical_json(&imported.row).map_err(|error| error.to_string())?;
            Ok(Kept { id: Digest::of(&row), imported })
        }
        (kind, schema, evidence) => Err(format!("it is `{kind}` of schema {schema}, {evidence}")),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ShareError {
    let file = path.display().to_string();
    move |source| ShareError::Io { file, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_rows;

    fn row(model: &str) -> Row {
        let text = format!(
            r#"{{"model":"{model}","backend":"b","platform":"linux","arch":"x86_64","iterations":1,"id":3}}"#
        );
        read_rows(text.as_bytes(), "f").unwrap().remove(0).unwrap()
    }

    #[test]
    fn rows_are_kept_once_and_listed_newest_first() {
        let data = tempfile::tempdir().unwrap();
        let imports = Imports::under(data.path());
        assert_eq!(imports.list().unwrap(), []);
        assert!(!data.path().join("imported").exists(), "looking makes nothing");
        let first = imports.keep(&row("one"), 100).unwrap();
        let second = imports.keep(&row("two"), 200).unwrap();
        assert_eq!(imports.keep(&row("one"), 300).unwrap(), first);
        let kept = imports.list().unwrap();
        assert_eq!(kept.iter().map(|row| row.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(kept[1].imported.imported_unix_s, 100);
        assert_eq!(kept[1].imported.evidence, "claimed");
        assert_eq!(kept[1].imported.left_out, ["id"]);
    }

    #[test]
    fn what_is_no_row_is_left_out() {
        let data = tempfile::tempdir().unwrap();
        let imports = Imports::under(data.path());
        imports.keep(&row("one"), 100).unwrap();
        let folder = data.path().join("imported");
        let good = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let text = fs::read_to_string(&good).unwrap();
        // Nobody raises a claim to more by hand.
        fs::write(folder.join("a.json"), text.replace("claimed", "reproduced")).unwrap();
        fs::write(folder.join("b.json"), "{}").unwrap();
        fs::write(folder.join("c.txt"), "x").unwrap();
        assert_eq!(imports.list().unwrap().len(), 1);
    }
}
