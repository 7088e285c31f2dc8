//! `tacho import`: keep figures that others measured, as what they claim.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, ValueEnum};
use tachograph_model::ExitCode;
use tachograph_share::{Imports, MAX_ROWS_BYTES, doubts, read_rows};

use crate::{error::CliError, printer, world::World};

const MEANING: &str = "\
Rows that contradict themselves are left out: percentiles out of order, a peak
below the average, a rate that TPOT does not bear out. The others are kept as
`claimed`: nobody checked them, and no tape can. They are listed by
`tacho runs --imported`, apart from the runs of this machine, and `tacho compare`
does not take them, since they name no suite and no trials.

Exit codes: 0 every row was kept, 4 some were not.";

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Rows of the Octomil device-profiling API.
    Octomil,
}

/// Keep figures that others measured, as what they claim.
#[derive(Debug, Args)]
#[command(after_help = MEANING)]
pub(crate) struct Import {
    /// What the file holds.
    #[arg(value_enum)]
    format: Format,
    /// One JSON object, or an array of them.
    file: PathBuf,
}

pub(crate) fn run(command: &Import) -> Result<ExitCode, CliError> {
    let Format::Octomil = command.format;
    let rows = read_rows(&bytes(&command.file)?, &command.file.display().to_string())?;
    let imports = Imports::under(&World::open()?.home.data);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (count, mut kept) = (rows.len(), 0);
    for (index, row) in rows.into_iter().enumerate() {
        let number = index + 1;
        let checked = row.and_then(|row| match doubts(&row.row) {
            doubts if doubts.is_empty() => Ok(row),
            doubts => Err(doubts.join("; ")),
        });
        match checked {
            Ok(row) => {
                let id = imports.keep(&row, now)?;
                kept += 1;
                printer::data(&id.to_string())?;
                if !row.left_out.is_empty() {
                    let fields = row.left_out.join(", ");
                    printer::talk(&format!("row {number}: without its fields {fields}"));
                }
            }
            Err(why) => printer::talk(&format!("row {number} is left out: {why}")),
        }
    }
    printer::talk(&format!("{kept} of {count} rows kept as claims: tacho runs --imported"));
    Ok(if kept == count { ExitCode::Ok } else { ExitCode::BadInput })
}

/// The file, or as much of it as shows that it is too large.
fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_ROWS_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(CliError::disk("read", path))?;
    Ok(bytes)
}
