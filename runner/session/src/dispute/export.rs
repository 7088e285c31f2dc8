//! Writing a bundle.

use std::{fs, sync::Arc};

use tachograph_model::{Digest, RunnerBuild};
use tachograph_tape::Tape;
use tachograph_trust::write_tar;

use super::{
    Contents, DRIVER, Entry, MANIFEST, Manifest, RESULT, SIGNATURE, TAPE, TIMINGS, timings::Timings,
};
use crate::{
    SealedRun, SessionError,
    error::disk,
    journal::{canonical, to_value},
    replay::{Recorded, check_tape},
};

/// A bundle in memory.
#[derive(Debug)]
pub struct Exported {
    /// The bytes of the archive.
    pub bytes: Vec<u8>,
    /// The files in it, with their sizes.
    pub files: Vec<(String, u64)>,
    /// What is not in it, a sentence each.
    pub left_out: Vec<String>,
}

/// Puts the evidence of a run into one file. No key is ever in it: the files are
/// named one by one, and a tape holds none.
///
/// # Errors
/// The seal or the tape's chain does not hold, or a file cannot be read.
pub fn export(run: &SealedRun, contents: Contents) -> Result<Exported, SessionError> {
    let file = run.result_path().display().to_string();
    let verified = tachograph_trust::verify_result(&run.result_bytes, &run.signature_bytes, &file)?;
    let result = verified.result;
    let mut files: Vec<(&str, Arc<[u8]>)> = vec![
        (RESULT, run.result_bytes.clone().into()),
        (SIGNATURE, run.signature_bytes.clone().into()),
    ];
    let mut left_out = Vec::new();
    let path = run.tape_path();
    if path.is_file() {
        let bytes = fs::read(&path).map_err(disk("read", &path))?;
        let tape = Tape::parse(&path, &bytes)?;
        check_tape(&tape, &result.tape, &path)?;
        let timings = Timings::of(&Recorded::read(tape)?)?;
        files
            .push((TIMINGS, canonical("the timings", &to_value("the timings", &timings)?)?.into()));
        match contents {
            Contents::Everything => files.push((TAPE, bytes.into())),
            Contents::Timings => left_out.push(
                "the tape, which holds prompts and outputs: without it the hash chain and the \
                 replay cannot be checked, nor what follows from texts"
                    .to_owned(),
            ),
        }
    } else {
        left_out.push("the tape and its timings: they are not on this machine".to_owned());
    }
    let driver = run.driver_path();
    if result.plugins.iter().any(|plugin| !plugin.official) {
        match driver.is_file() {
            true => {
                files.push((DRIVER, fs::read(&driver).map_err(disk("read", &driver))?.into()));
            }
            false => left_out.push("the driver, which no suite pins: it is not here".to_owned()),
        }
    }
    let entries = files.iter().map(|(name, bytes)| Entry {
        name: (*name).to_owned(),
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
    });
    let manifest = Manifest {
        kind: "dispute".to_owned(),
        schema: 1,
        run: verified.run_id,
        written_by: RunnerBuild {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            wasmtime: tachograph_sandbox::WASMTIME_VERSION.to_owned(),
        },
        files: entries.collect(),
        left_out: left_out.clone(),
    };
    let head = canonical("the dispute", &manifest)?;
    let all = files.iter().map(|(name, bytes)| (*name, bytes.as_ref()));
    let all = [(MANIFEST, head.as_slice())].into_iter().chain(all);
    let bytes = write_tar(all).ok_or_else(|| SessionError::Malformed {
        what: "the dispute".to_owned(),
        reason: "one of its files is too large".to_owned(),
    })?;
    let files = manifest.files.into_iter().map(|entry| (entry.name, entry.size)).collect();
    Ok(Exported { bytes, files, left_out })
}
