//! What the tape's records mean: facts and exchanges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tachograph_model::{ChallengeUsed, Digest, LaunchUsed, Name, Pin, ProfileName, RunnerBuild};
use tachograph_net::{Exchange, Framing, Request};
use tachograph_sandbox::CallId;
use tachograph_tape::{Kind, Record};

use crate::{CostLimit, SessionError};

/// What results of this version hold: 1 adds the roof of the memory and the
/// checks of the evidence to what the first results held.
pub(crate) const REVISION: u32 = 1;

/// The first fact of every tape: all that came from outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    /// Which sections the result has, so that the tape of an older run still
    /// replays to its own bytes; 0 for the first results.
    #[serde(default)]
    pub revision: u32,
    /// The exact suite.
    pub pin: Pin,
    pub profile: ProfileName,
    /// The ids of the workloads, in order.
    pub workloads: Vec<Name>,
    pub iterations: Option<u32>,
    pub max_tokens: Option<u32>,
    pub budget_s: Option<u32>,
    /// The seed in force.
    pub seed: u64,
    /// What the user changed.
    pub overrides: BTreeMap<String, String>,
    pub nonce: String,
    /// The challenge that the nonce follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeUsed>,
    /// Whether the probes of the evidence are sent.
    #[serde(default)]
    pub canary: bool,
    pub driver: Name,
    /// The digest of the driver, when no suite pins it; the run's folder has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Digest>,
    pub origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<LaunchUsed>,
    /// Readings of the machine's counters a second; none when they are not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry_hz: Option<u32>,
    /// Whether the memory's bandwidth is measured, where it bounds the model.
    #[serde(default)]
    pub bandwidth: bool,
    /// The temperature that the machine cools down to before each workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_until_c: Option<u32>,
    /// What the run may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostLimit>,
    pub local: bool,
    /// Why the suite was withdrawn, when the user ran it all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// Why the driver was withdrawn, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_withdrawn: Option<String>,
    /// The configuration that the driver was given.
    pub config: Value,
    /// The model that the user asked for.
    pub model: Option<String>,
    pub runner: RunnerBuild,
    pub started_unix_s: u64,
    /// The clock's reading that all times of the result count from.
    pub origin_ns: u64,
    pub sealed_by: String,
}

/// A fact: something observed once, under a key.
pub(crate) fn fact_record(key: &str, value: &Value) -> Record {
    Record::new(Kind::Fact, serde_json::json!({ "key": key, "value": value }))
}

/// The key and the value of a fact.
pub(crate) fn read_fact(record: &Record) -> Result<(String, Value), SessionError> {
    #[derive(Deserialize)]
    struct Fact {
        key: String,
        value: Value,
    }
    let fact: Fact = from_value("a fact of the tape", record.json.clone())?;
    Ok((fact.key, fact.value))
}

/// An HTTP request of a driver, with everything that came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taped {
    pub call: CallId,
    pub slot: String,
    pub framing: Framing,
    pub request: Request,
    pub exchange: Exchange,
}

impl Taped {
    pub(crate) fn record(&self) -> Result<Record, SessionError> {
        Ok(Record {
            kind: Kind::Exchange,
            json: to_value("an exchange", self)?,
            blobs: vec![self.request.body.clone(), self.exchange.body.clone()],
        })
    }

    pub(crate) fn read(record: Record) -> Result<Self, SessionError> {
        let mut taped: Self = from_value("an exchange of the tape", record.json)?;
        let mut blobs = record.blobs.into_iter();
        taped.request.body = blobs.next().unwrap_or_default();
        taped.exchange.body = blobs.next().unwrap_or_default();
        let read: u64 = taped.exchange.reads.iter().map(|read| u64::from(read.len)).sum();
        if read != taped.exchange.body.len() as u64 {
            return Err(SessionError::Malformed {
                what: "an exchange of the tape".to_owned(),
                reason: "its reads do not add up to its body".to_owned(),
            });
        }
        Ok(taped)
    }
}

pub(crate) fn to_value<T: Serialize>(what: &str, value: &T) -> Result<Value, SessionError> {
    serde_json::to_value(value).map_err(|error| SessionError::Malformed {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

pub(crate) fn from_value<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, SessionError> {
    serde_json::from_value(value).map_err(|error| SessionError::Malformed {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

/// Canonical JSON (RFC 8785), as it is signed and digested.
pub(crate) fn canonical<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, SessionError> {
    tachograph_trust::canonical_json(value).map_err(|error| SessionError::Malformed {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}
