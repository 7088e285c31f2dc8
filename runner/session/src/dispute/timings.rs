//! The raw timings of a run: every stamp of every answer, and no word of any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tachograph_model::{Check, CheckOutcome, Digest, RunResult, Sample, SampleStatus};
use tachograph_net::{Exchange, Read, Timing};
use tachograph_sandbox::CallId;

use crate::{SessionError, evidence, replay::Recorded};

/// `timings.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timings {
    /// Always `timings`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The digest that ends the chain of the tape that they are from.
    pub tape: Digest,
    /// The stamp that the result's times count from.
    pub origin_ns: u64,
    /// One entry a request, by call.
    pub exchanges: Vec<Timed>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timed {
    pub call: CallId,
    pub status: Option<u16>,
    /// The code of what cut it short.
    pub error: Option<String>,
    pub timing: Timing,
    /// When bytes arrived, and how many.
    pub reads: Vec<Read>,
}

impl Timings {
    pub(super) fn of(recorded: &Recorded) -> Result<Self, SessionError> {
        let mut exchanges: Vec<Timed> = recorded
            .exchanges
            .values()
            .map(|taped| Timed {
                call: taped.call.clone(),
                status: taped.exchange.head.as_ref().map(|head| head.status),
                error: taped.exchange.error.as_ref().map(|error| error.code.clone()),
                timing: taped.exchange.timing.clone(),
                reads: taped.exchange.reads.clone(),
            })
            .collect();
        exchanges.sort_by(|a, b| a.call.cmp(&b.call));
        Ok(Self {
            kind: "timings".to_owned(),
            schema: 1,
            tape: recorded.digest,
            origin_ns: recorded.begin()?.origin_ns,
            exchanges,
        })
    }

    /// Holds the timings against the samples of the result.
    pub(super) fn check(&self, result: &RunResult) -> Check {
        let name = "timings";
        if self.tape != result.tape {
            return Check::new(name, CheckOutcome::Fail, "they are of another tape");
        }
        let mut calls: BTreeMap<&str, Vec<&Timed>> = BTreeMap::new();
        for timed in &self.exchanges {
            calls.entry(&timed.call.invocation).or_default().push(timed);
        }
        let mut held = 0_u32;
        for workload in &result.workloads {
            for sample in workload.samples.iter().filter(|s| s.status == SampleStatus::Ok) {
                let call = format!("{}/{}/{}", workload.id, sample.step, sample.request);
                let retry = format!("{call}/retry-");
                let mut timed = calls
                    .range(call.as_str()..)
                    .take_while(|(name, _)| **name == call || name.starts_with(&retry))
                    .flat_map(|(_, timed)| timed);
                if !timed.any(|timed| self.fits(timed, sample)) {
                    let reason = format!("the times of {call} are not those of any answer");
                    return Check::new(name, CheckOutcome::Fail, reason);
                }
                held += 1;
            }
        }
        Check::new(name, CheckOutcome::Pass, format!("the times of {held} answers are in them"))
    }

    fn fits(&self, timed: &Timed, sample: &Sample) -> bool {
        let since = |stamp: u64| stamp.saturating_sub(self.origin_ns);
        let read = |at: Option<u64>| {
            at.is_none_or(|at| timed.reads.iter().any(|read| since(read.at.0) == at))
        };
        let times = &sample.times;
        times.sent_ns == timed.timing.written.map(|stamp| since(stamp.0))
            && times.end_ns == Some(since(timed.timing.end.0))
            && read(times.first_token_ns)
            && read(times.last_token_ns)
    }

    /// Whether a clock could have given these stamps. What needs the bodies is
    /// not looked at.
    pub(super) fn plausible(&self) -> Check {
        let faults = self.exchanges.iter().filter_map(|timed| {
            let exchange = Exchange {
                timing: timed.timing.clone(),
                head: None,
                reads: timed.reads.clone(),
                body: Vec::new(),
                // Whether the stream was cut, not how.
                error: timed.error.as_ref().map(|code| tachograph_net::WireError {
                    code: code.clone(),
                    message: String::new(),
                    retryable: false,
                }),
            };
            let fault = evidence::stamps(&exchange)?;
            Some(format!("{}: {fault}", timed.call.invocation))
        });
        let faults: Vec<String> = faults.collect();
        let name = "tape-plausibility";
        let n = self.exchanges.len();
        match faults.first() {
            None => {
                let reason = format!("{n} exchanges: stamps in order, gaps of a real clock");
                Check::new(name, CheckOutcome::Pass, reason)
            }
            Some(first) => Check::new(name, CheckOutcome::Fail, first.clone()),
        }
        .with("exchanges", n as f64)
    }
}
