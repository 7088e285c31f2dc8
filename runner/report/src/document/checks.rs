//! How to check a result without trusting whoever hands it over.

use tachograph_model::{Digest, RunResult};

use super::Check;
use crate::text::clean;

pub(super) fn checks(result: &RunResult, run: Option<&Digest>) -> Vec<Check> {
    let id = run.map_or_else(|| "latest".to_owned(), Digest::short);
    vec![
        Check {
            what: "The seal, the schema, the suite's signature and the hash chain of the tape \
                   (where the run is kept, or with the name of a result file):",
            command: format!("tacho verify {id}"),
        },
        Check {
            what: "The same result once more from the tape alone, to the byte, with no network:",
            command: format!("tacho replay {id}"),
        },
        Check {
            what: "The seal of a result file, with stock minisign:",
            command: format!("minisign -V -P {} -m result.json", clean(&result.sealed_by)),
        },
        Check {
            what: "The same measurement on another machine:",
            command: format!("tacho run {}", result.suite.pin),
        },
    ]
}
