//! The replayed world: everything comes from a tape, nothing from the network.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tachograph_model::{Digest, Evidence, Failure};
use tachograph_net::{Endpoint, Exchange, Framing, Head, Request};
use tachograph_sandbox::{CallId, Host, Wire, WireResponse};
use tachograph_tape::{Kind, Tape};
use tachograph_trust::Catalog;

use crate::{
    Observer, SessionError, Silent,
    archive::SealedRun,
    candidate::suite_driver,
    error::disk,
    journal::{Begin, Taped, canonical, from_value, read_fact},
    session::Session,
    world::{World, wire_failure},
};

/// What a tape holds, ready to be asked for.
pub(crate) struct Recorded {
    facts: HashMap<String, Value>,
    pub(crate) exchanges: HashMap<CallId, Taped>,
    pub(crate) digest: Digest,
}

impl Recorded {
    pub(crate) fn read(tape: Tape) -> Result<Self, SessionError> {
        let mut recorded =
            Self { facts: HashMap::new(), exchanges: HashMap::new(), digest: tape.digest };
        for record in tape.records {
            let twice = |at: String| SessionError::Diverged {
                at,
                reason: "the tape holds it twice".to_owned(),
            };
            match record.kind {
                Kind::Fact => {
                    let (key, value) = read_fact(&record)?;
                    if recorded.facts.insert(key.clone(), value).is_some() {
                        return Err(twice(key));
                    }
                }
                Kind::Exchange => {
                    let taped = Taped::read(record)?;
                    let call = taped.call.clone();
                    if recorded.exchanges.insert(call.clone(), taped).is_some() {
                        return Err(twice(call.invocation));
                    }
                }
                Kind::End => {}
            }
        }
        Ok(recorded)
    }

    pub(crate) fn fact(&self, key: &str) -> Result<Value, SessionError> {
        self.facts.get(key).cloned().ok_or_else(|| SessionError::Diverged {
            at: key.to_owned(),
            reason: "the tape does not hold this fact".to_owned(),
        })
    }

    pub(crate) fn begin(&self) -> Result<Begin, SessionError> {
        from_value("the beginning of the tape", self.fact("begin")?)
    }

    pub(crate) fn wire(recorded: &Arc<Self>) -> Arc<dyn Wire> {
        Arc::new(RecordedWire(recorded.clone()))
    }
}

struct RecordedWire(Arc<Recorded>);

impl Wire for RecordedWire {
    fn send(
        &self,
        call: CallId,
        slot: &str,
        request: Request,
        framing: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>> {
        let slot = slot.to_owned();
        Box::pin(async move {
            // The same policy as live; any endpoint without a secret will do.
            let endpoint = Endpoint::bind(&slot, "http://127.0.0.1:1", None);
            endpoint
                .and_then(|endpoint| request.check(&endpoint))
                .map_err(|error| wire_failure(&error.into()))?;
            let diverged = |reason: &str| Failure::new("replay-diverged", reason);
            let taped = self
                .0
                .exchanges
                .get(&call)
                .ok_or_else(|| diverged(&format!("the tape has no request {call:?}")))?;
            if taped.request != request || taped.slot != slot || taped.framing != framing {
                return Err(diverged(&format!("the request {call:?} is not the tape's")));
            }
            match &taped.exchange.head {
                Some(head) => Ok(Box::new(RecordedResponse {
                    head: head.clone(),
                    exchange: Arc::new(taped.exchange.clone()),
                }) as Box<dyn WireResponse>),
                None => Err(match &taped.exchange.error {
                    Some(error) => wire_failure(error),
                    None => diverged("the tape has neither an answer nor an error"),
                }),
            }
        })
    }
}

struct RecordedResponse {
    head: Head,
    exchange: Arc<Exchange>,
}

impl WireResponse for RecordedResponse {
    fn head(&self) -> &Head {
        &self.head
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Arc<Exchange>> {
        Box::pin(std::future::ready(self.exchange))
    }
}

/// What a replay found.
#[derive(Debug)]
pub struct Replayed {
    /// The canonical bytes that the replay arrived at.
    pub bytes: Vec<u8>,
    /// Whether they are the stored ones, to the byte.
    pub identical: bool,
    /// The JSON paths that differ; empty when identical.
    pub differences: Vec<String>,
    /// The checks of the evidence, made anew.
    pub evidence: Evidence,
}

/// Runs the pinned plugins over the tape of a sealed run, with no network, and
/// compares the result with the stored one.
///
/// # Errors
/// When the tape, the suite or a plugin cannot be used, or the code asks the
/// tape for something that it does not hold.
pub async fn replay(
    host: &Arc<Host>,
    catalog: &Catalog,
    run: &SealedRun,
) -> Result<Replayed, SessionError> {
    let tape = Tape::read(&run.tape_path())?;
    let result = tachograph_trust::verify_result(
        &run.result_bytes,
        &run.signature_bytes,
        &run.result_path().display().to_string(),
    )?
    .result;
    check_tape(&tape, &result.tape, &run.tape_path())?;
    let local = |digest| local_driver(digest, &run.driver_path());
    derive(host, catalog, tape, &run.result_bytes, local).await
}

/// What follows from a tape, compared with a result. `local` gives a driver that
/// no suite pins.
pub(crate) async fn derive(
    host: &Arc<Host>,
    catalog: &Catalog,
    tape: Tape,
    result_bytes: &[u8],
    local: impl FnOnce(Digest) -> Result<Arc<[u8]>, SessionError>,
) -> Result<Replayed, SessionError> {
    let recorded = Arc::new(Recorded::read(tape)?);
    let begin = recorded.begin()?;
    let suite = catalog.resolve(&begin.pin.to_string())?;
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let digest = recorded.digest;
    let driver = match begin.plugin {
        Some(digest) => local(digest)?,
        None => suite_driver(&suite, &begin.driver)?,
    };
    let world = World::Replay(recorded);
    // A replay hashes no file, so there is nothing to remember.
    let session =
        Session::new(host.clone(), suite, begin, &driver, world, observer, PathBuf::new())?;
    let outcome = session.measure().await?;
    let evidence = outcome.evidence().clone();
    let bytes = canonical("the result", &outcome.into_result(digest))?;
    let identical = bytes == result_bytes;
    let differences = if identical { Vec::new() } else { differences(&bytes, result_bytes)? };
    Ok(Replayed { bytes, identical, differences, evidence })
}

/// The driver that no suite pins, from the run's folder.
fn local_driver(digest: Digest, path: &Path) -> Result<Arc<[u8]>, SessionError> {
    let bytes = std::fs::read(path).map_err(disk("read", path))?;
    check_driver(digest, bytes, &path.display().to_string())
}

/// A driver's bytes, if they are those that the run used.
pub(crate) fn check_driver(
    digest: Digest,
    bytes: Vec<u8>,
    file: &str,
) -> Result<Arc<[u8]>, SessionError> {
    match Digest::of(&bytes) == digest {
        true => Ok(bytes.into()),
        false => Err(SessionError::Malformed {
            what: file.to_owned(),
            reason: format!("the run used {digest}"),
        }),
    }
}

/// Refuses a tape that is not the one the result names.
pub(crate) fn check_tape(tape: &Tape, named: &Digest, path: &Path) -> Result<(), SessionError> {
    if tape.complete && tape.digest == *named {
        return Ok(());
    }
    let reason = match tape.complete {
        true => format!("it ends in {}, but the result names {named}", tape.digest),
        false => format!("it was not closed ({} bytes follow its last record)", tape.torn_bytes),
    };
    Err(SessionError::Tape(tachograph_tape::TapeError::Damaged {
        file: path.to_owned(),
        record: tape.records.len() as u64,
        offset: 0,
        reason,
    }))
}

/// The JSON paths at which two documents differ, at most 20.
fn differences(one: &[u8], other: &[u8]) -> Result<Vec<String>, SessionError> {
    let parse = |bytes: &[u8]| {
        serde_json::from_slice::<Value>(bytes).map_err(|error| SessionError::Malformed {
            what: "the result".to_owned(),
            reason: error.to_string(),
        })
    };
    let mut found = Vec::new();
    compare("$", &parse(one)?, &parse(other)?, &mut found);
    Ok(found)
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    if found.len() >= 20 || one == other {
        return;
    }
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let (x, y) = (a.get(key), b.get(key));
                compare(
                    &format!("{path}.{key}"),
                    x.unwrap_or(&Value::Null),
                    y.unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (x, y)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), x, y, found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_their_path() {
        let one = json!({"a": [1, {"b": 2}], "c": 1});
        let other = json!({"a": [1, {"b": 3}], "d": 1});
        let found = differences(one.to_string().as_bytes(), other.to_string().as_bytes()).unwrap();
        assert_eq!(found, ["$.a[1].b", "$.c", "$.d"]);
    }
}
