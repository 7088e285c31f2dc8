//! Reading a bundle: a verdict on each thing that it lets one check.

use std::{io::Cursor, path::Path, sync::Arc};

use tachograph_model::{Check, CheckOutcome, Digest, RunResult};
use tachograph_sandbox::Host;
use tachograph_tape::Tape;
use tachograph_trust::{Catalog, TarError, TrustError, read_tar};

use super::{
    DRIVER, FILES, MANIFEST, Manifest, RESULT, SIGNATURE, TAPE, TIMINGS, timings::Timings,
};
use crate::{
    SessionError,
    evidence::same_arithmetic,
    replay::{check_driver, check_tape, derive},
};

/// What a bundle showed.
#[derive(Debug)]
pub struct Inspection {
    /// The run, as the bundle names it.
    pub run: Digest,
    /// The result, when its seal holds.
    pub result: Option<RunResult>,
    /// One verdict a check, in the order in which they were made.
    pub checks: Vec<Check>,
    /// What the bundle does not hold.
    pub left_out: Vec<String>,
}

/// Checks a bundle: the files, the seal, the suite, the chain, the replay, and
/// every check of the evidence anew. `known` are results whose canary is
/// compared where they are of the same model.
///
/// # Errors
/// Only when the file is no bundle at all: what does not hold is a verdict.
pub async fn inspect(
    host: &Arc<Host>,
    catalog: &Catalog,
    bytes: &[u8],
    file: &str,
    known: &[(Digest, RunResult)],
) -> Result<Inspection, SessionError> {
    let malformed = |reason: String| SessionError::Malformed { what: file.to_owned(), reason };
    let files = read(bytes).map_err(|error| malformed(error.to_string()))?;
    let find = |wanted: &str| files.iter().find(|(name, _)| *name == wanted).map(|(_, b)| *b);
    let manifest = find(MANIFEST).ok_or_else(|| malformed(format!("it has no {MANIFEST}")))?;
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| malformed(error.to_string()))?;
    if (manifest.kind.as_str(), manifest.schema) != ("dispute", 1) {
        return Err(malformed("this build reads disputes of schema 1".to_owned()));
    }
    let mut seen = Inspection {
        run: manifest.run,
        result: None,
        checks: vec![complete(&manifest, &files)],
        left_out: manifest.left_out.clone(),
    };
    let (Some(result_bytes), Some(signature)) = (find(RESULT), find(SIGNATURE)) else {
        seen.checks.push(fail("seal", "the bundle has no result or no seal"));
        return Ok(seen);
    };
    let verified = match tachograph_trust::verify_result(result_bytes, signature, RESULT) {
        Ok(verified) if verified.run_id == manifest.run => verified,
        Ok(_) => {
            seen.checks.push(fail("seal", "the result is of another run than the bundle says"));
            return Ok(seen);
        }
        // Nothing of a result is looked at whose seal does not hold.
        Err(error) => {
            seen.checks.push(fail("seal", &error.to_string()));
            return Ok(seen);
        }
    };
    let result = verified.result;
    seen.checks.push(pass("seal", &format!("it holds, by key {}", verified.key_id)));
    seen.checks.push(suite(catalog, &result));
    if let Some(timings) = find(TIMINGS) {
        match serde_json::from_slice::<Timings>(timings) {
            Ok(timings) => {
                seen.checks.push(timings.check(&result));
                if find(TAPE).is_none() {
                    seen.checks.push(timings.plausible());
                }
            }
            Err(error) => seen.checks.push(fail("timings", &error.to_string())),
        }
    }
    match find(TAPE) {
        Some(tape) => {
            let driver = find(DRIVER).map(<[u8]>::to_vec);
            seen.checks.extend(replayed(host, catalog, &result, result_bytes, tape, driver).await);
        }
        None => {
            seen.checks.push(unknown("chain", "the bundle holds no tape"));
            seen.checks.push(unknown("replay", "the bundle holds no tape"));
            let stated = result.evidence.iter().flat_map(|evidence| &evidence.checks);
            let made: Vec<Check> = stated
                .filter(|stated| seen.checks.iter().all(|check| check.name != stated.name))
                .map(|stated| Check {
                    // What nobody but its maker has seen convicts, and acquits nobody.
                    outcome: match stated.outcome {
                        CheckOutcome::Fail => CheckOutcome::Fail,
                        _ => CheckOutcome::Unknown,
                    },
                    reason: format!("not made anew; the result says: {}", stated.reason),
                    ..stated.clone()
                })
                .collect();
            seen.checks.extend(made);
        }
    }
    seen.checks.push(same_arithmetic(&manifest.run, &result, known));
    seen.result = Some(result);
    Ok(seen)
}

/// The files of a bundle, in its order; nothing is unpacked.
fn read(bundle: &[u8]) -> Result<Vec<(String, &[u8])>, TarError> {
    let limit = |name: &str| FILES.iter().find(|(known, _)| *known == name).map(|(_, most)| *most);
    let entries = read_tar(&mut Cursor::new(bundle), limit)?;
    let bytes = |start: u64, size: u64| {
        let (start, size) = (usize::try_from(start).ok()?, usize::try_from(size).ok()?);
        bundle.get(start..)?.get(..size)
    };
    let file = |entry: tachograph_trust::TarEntry| {
        let bytes = bytes(entry.start, entry.size).ok_or(TarError::Short)?;
        Ok((entry.name, bytes))
    };
    entries.into_iter().map(file).collect()
}

/// Whether the files are those that the manifest lists.
fn complete(manifest: &Manifest, files: &[(String, &[u8])]) -> Check {
    for entry in &manifest.files {
        match files.iter().find(|(name, _)| *name == entry.name) {
            None => return fail("files", &format!("{} is missing", entry.name)),
            Some((_, bytes)) if Digest::of(bytes) != entry.sha256 => {
                return fail("files", &format!("{} was changed", entry.name));
            }
            Some(_) => {}
        }
    }
    match files.len() == manifest.files.len() + 1 {
        true => pass("files", &format!("all {} are as they were written", manifest.files.len())),
        false => fail("files", "the bundle holds more than it lists"),
    }
}

fn suite(catalog: &Catalog, result: &RunResult) -> Check {
    match catalog.resolve(&result.suite.pin.to_string()) {
        Ok(_) => pass("suite", "it is here, and a trusted key signed it"),
        Err(TrustError::NoSuite { .. }) => unknown("suite", "it is not on this machine"),
        Err(error) => fail("suite", &error.to_string()),
    }
}

async fn replayed(
    host: &Arc<Host>,
    catalog: &Catalog,
    result: &RunResult,
    result_bytes: &[u8],
    tape: &[u8],
    driver: Option<Vec<u8>>,
) -> Vec<Check> {
    let path = Path::new(TAPE);
    let read = Tape::parse(path, tape).map_err(SessionError::from);
    let tape = match read.and_then(|tape| check_tape(&tape, &result.tape, path).map(|()| tape)) {
        Ok(tape) => tape,
        Err(error) => return vec![fail("chain", &error.to_string())],
    };
    let mut checks = vec![pass("chain", "it is whole and ends where the result says")];
    let local = |digest| match driver {
        Some(bytes) => check_driver(digest, bytes, DRIVER),
        None => Err(SessionError::Malformed {
            what: DRIVER.to_owned(),
            reason: "the run used a driver that no suite pins, and the bundle lacks it".to_owned(),
        }),
    };
    match derive(host, catalog, tape, result_bytes, local).await {
        Ok(replayed) => {
            checks.push(match replayed.identical {
                true => pass("replay", "the tape gives the same result, to the byte"),
                false => {
                    let at = replayed.differences.first().cloned().unwrap_or_default();
                    let n = replayed.differences.len();
                    fail("replay", &format!("the tape gives another result, in {n} places ({at})"))
                }
            });
            checks.extend(replayed.evidence.checks);
        }
        Err(SessionError::Trust(TrustError::NoSuite { .. })) => {
            checks.push(unknown("replay", "the suite is not on this machine"));
        }
        Err(error) => checks.push(fail("replay", &error.to_string())),
    }
    checks
}

fn pass(name: &str, reason: &str) -> Check {
    Check::new(name, CheckOutcome::Pass, reason)
}

fn fail(name: &str, reason: &str) -> Check {
    Check::new(name, CheckOutcome::Fail, reason)
}

fn unknown(name: &str, reason: &str) -> Check {
    Check::new(name, CheckOutcome::Unknown, reason)
}
