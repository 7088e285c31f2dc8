//! What this machine knows of a run: beside its sealed bytes, never in them.
//!
//! `standing.json` in a run's folder keeps what was checked here. Nobody else
//! has to believe it, and deleting it loses nothing that cannot be checked again.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use tachograph_model::{Digest, EvidenceLevel, ReproductionVerdict, RunResult};
use tachograph_trust::write_atomic;

use crate::{Archive, SessionError, error::disk, journal::from_value};

const FILE: &str = "standing.json";
/// The version of the file.
const SCHEMA: u32 = 1;

/// What was checked of a run on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    kind: String,
    schema: u32,
    /// Whether the last replay gave the same bytes; `None` when there was none.
    pub replayed: Option<bool>,
    /// A challenge that somebody here gave and that the run answers.
    pub challenge: Option<String>,
    /// Who measured it again, oldest first.
    pub reproductions: Vec<ReproductionNote>,
}

/// Somebody measured a run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReproductionNote {
    /// The new run; `None` when nothing could be compared.
    pub by: Option<Digest>,
    /// The key that sealed the answer.
    pub key: String,
    /// What came of it.
    pub verdict: ReproductionVerdict,
    /// When, seconds since 1970.
    pub at_unix_s: u64,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            kind: "standing".to_owned(),
            schema: SCHEMA,
            replayed: None,
            challenge: None,
            reproductions: Vec::new(),
        }
    }
}

impl Standing {
    /// How far the run has been checked, by what is known here.
    ///
    /// A reproduction counts when it was sealed with another key than the run's:
    /// who agrees with themselves has shown nothing new.
    pub fn level(&self, result: &RunResult) -> EvidenceLevel {
        let by_others = |note: &ReproductionNote| {
            note.verdict == ReproductionVerdict::Reproduced && note.key != result.sealed_by
        };
        let answered = result.challenge.as_ref().map(|challenge| &challenge.value);
        match self.replayed {
            Some(false) => EvidenceLevel::Claimed,
            _ if self.reproductions.iter().any(by_others) => EvidenceLevel::Reproduced,
            Some(true) if answered.is_some() && self.challenge.as_ref() == answered => {
                EvidenceLevel::Challenged
            }
            Some(true) => EvidenceLevel::Consistent,
            None => EvidenceLevel::Claimed,
        }
    }
}

impl Archive {
    /// What is known of a run; nothing for one that is not kept here.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn standing(&self, run: &Digest) -> Result<Standing, SessionError> {
        self.folder(run).map_or_else(|| Ok(Standing::default()), |folder| read(&folder))
    }

    /// Adds to what is known of a run; does nothing for one that is not kept here.
    ///
    /// # Errors
    /// As [`Archive::standing`], and when the file cannot be written.
    pub fn remember(
        &self,
        run: &Digest,
        change: impl FnOnce(&mut Standing),
    ) -> Result<(), SessionError> {
        let Some(folder) = self.folder(run) else { return Ok(()) };
        let mut standing = read(&folder)?;
        change(&mut standing);
        let path = folder.join(FILE);
        let text =
            serde_json::to_vec_pretty(&standing).map_err(|error| malformed(&path, &error))?;
        write_atomic(&path, &text).map_err(disk("write", &path))
    }
}

fn read(folder: &Path) -> Result<Standing, SessionError> {
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Standing::default());
        }
        read => read.map_err(disk("read", &path))?,
    };
    let value = serde_json::from_slice(&bytes).map_err(|error| malformed(&path, &error))?;
    let standing: Standing = from_value(&path.display().to_string(), value)?;
    match (standing.kind.as_str(), standing.schema) {
        ("standing", SCHEMA) => Ok(standing),
        (kind, schema) => Err(malformed(&path, &format!("it is `{kind}` of schema {schema}"))),
    }
}

fn malformed(path: &Path, reason: &dyn std::fmt::Display) -> SessionError {
    SessionError::Malformed { what: path.display().to_string(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use tachograph_model::ChallengeUsed;

    use super::*;
    use crate::fixture::recorded;

    fn reproduced(key: &str) -> ReproductionNote {
        ReproductionNote {
            by: None,
            key: key.to_owned(),
            verdict: ReproductionVerdict::Reproduced,
            at_unix_s: 0,
        }
    }

    #[test]
    fn each_check_lifts_a_run_and_a_failed_replay_sinks_it() {
        let mut result = recorded();
        let mut standing = Standing::default();
        assert_eq!(standing.level(&result), EvidenceLevel::Claimed);
        standing.replayed = Some(true);
        assert_eq!(standing.level(&result), EvidenceLevel::Consistent);
        let value = "0f".repeat(16);
        standing.challenge = Some(value.clone());
        assert_eq!(standing.level(&result), EvidenceLevel::Consistent, "it answers none");
        result.challenge = Some(ChallengeUsed { value, fresh: String::new() });
        assert_eq!(standing.level(&result), EvidenceLevel::Challenged);
        standing.reproductions.push(reproduced(&result.sealed_by));
        assert_eq!(standing.level(&result), EvidenceLevel::Challenged, "by itself");
        standing.reproductions.push(reproduced("RWQother"));
        assert_eq!(standing.level(&result), EvidenceLevel::Reproduced);
        standing.replayed = Some(false);
        assert_eq!(standing.level(&result), EvidenceLevel::Claimed);
    }
}
