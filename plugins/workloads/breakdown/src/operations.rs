//! The operations of a request, and what the backend says of each.

use tachograph_sdk::{
    metrics::{e2e, report::answered},
    model::{Sample, ServerTiming},
};

/// One operation over all requests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    pub(crate) kind: Kind,
    /// How often it ran.
    pub(crate) calls: u64,
    /// All its time, in nanoseconds.
    pub(crate) total_ns: u64,
    /// The time of a call in milliseconds, one entry a request, with its trial.
    pub(crate) per_call: Vec<(u32, f64)>,
}

/// Which operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The whole prompt; one call a request.
    Prefill,
    /// One token; a call a decode gap. The backend's sampling is in it.
    Decode,
    /// Waiting in the backend's queue; one call a request.
    Queue,
    /// Loading the model, where the backend counts it; one call a request.
    Load,
    /// The rest of the request, by the host's clock: tokenization, template,
    /// detokenization, the network. One call a request.
    Rest,
}

impl Kind {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Prefill => "prefill",
            Self::Decode => "decode forward",
            Self::Queue => "queue",
            Self::Load => "model load",
            Self::Rest => "everything else",
        }
    }

    /// Its place among the rows, from 1.
    pub(crate) const fn at(self) -> i64 {
        self as i64 + 1
    }

    /// Calls and nanoseconds of a request, where the backend says both.
    fn of(self, timing: &ServerTiming) -> Option<(u64, u64)> {
        let once = |time: Option<u64>| time.filter(|&ns| ns > 0).map(|ns| (1, ns));
        match self {
            Self::Prefill => once(timing.prompt_ns),
            Self::Decode => match (timing.decode_gaps, timing.decode_ns) {
                (Some(calls), Some(ns)) if calls > 0 && ns > 0 => Some((calls, ns)),
                _ => None,
            },
            Self::Queue => once(timing.queue_ns),
            Self::Load => once(timing.load_ns),
            Self::Rest => None,
        }
    }
}

/// The operations that the backend exposes, and the rest; none at all where it
/// exposes neither prefill nor decode.
pub(crate) fn operations(samples: &[&Sample]) -> Vec<Operation> {
    let done = answered(samples);
    let exposed = [Kind::Prefill, Kind::Decode, Kind::Queue, Kind::Load];
    let mut found: Vec<Operation> =
        exposed.into_iter().filter_map(|kind| exposed_by(kind, &done)).collect();
    if !found.iter().any(|op| matches!(op.kind, Kind::Prefill | Kind::Decode)) {
        return Vec::new();
    }
    found.extend(rest(&exposed, &done));
    found
}

/// An operation of the requests whose timing has it.
fn exposed_by(kind: Kind, done: &[&Sample]) -> Option<Operation> {
    let mut operation = Operation { kind, calls: 0, total_ns: 0, per_call: Vec::new() };
    for sample in done {
        let Some((calls, ns)) = sample.server.as_ref().and_then(|timing| kind.of(timing)) else {
            continue;
        };
        operation.calls += calls;
        operation.total_ns += ns;
        operation.per_call.push((sample.trial, ns as f64 / calls as f64 / 1e6));
    }
    (operation.calls > 0).then_some(operation)
}

/// What is left of the end-to-end time; none when the backend's own durations
/// exceed it in any request.
fn rest(exposed: &[Kind], done: &[&Sample]) -> Option<Operation> {
    let mut operation = Operation { kind: Kind::Rest, calls: 0, total_ns: 0, per_call: Vec::new() };
    for sample in done {
        let timing = sample.server.as_ref()?;
        let inside: u64 = exposed.iter().filter_map(|kind| kind.of(timing)).map(|(_, ns)| ns).sum();
        let left = e2e(sample).ok()?.0.checked_sub(inside)?;
        operation.calls += 1;
        operation.total_ns += left;
        operation.per_call.push((sample.trial, left as f64 / 1e6));
    }
    (operation.calls > 0).then_some(operation)
}
