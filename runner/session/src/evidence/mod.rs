//! The checks of a run's evidence: what its tape and its samples say for the
//! figures, and against them.
//!
//! | check | what it looks at |
//! |---|---|
//! | [`cold_cache`] | cold prompts carry the nonce, and no cache held them |
//! | [`canary`] | what the model writes, greedily |
//! | [`repeat`] | whether a repeated prompt is seen as cached |
//! | [`plausibility`] | stamps in order, sizes that add up, gaps that a clock gives |
//! | [`roofline`] | no rate above what the memory allows |
//! | [`counts`] | the server's token counts against its stream |
//! | [`harness`] | the harness against a server of known truth |
//! | [`challenge`] | the nonce follows from the challenge |
//! | [`arithmetic`] | two results that name one model; not part of a result |
//!
//! Each is a pure function of what a replay sees too. A check never rejects a
//! result; it says what it found.

mod arithmetic;
mod canary;
mod challenge;
mod cold_cache;
mod counts;
#[cfg(test)]
mod fixture;
mod harness;
mod plausibility;
mod probe;
mod repeat;
mod roofline;

use std::sync::Arc;

use tachograph_model::{
    ChallengeUsed, Evidence, Flag, HarnessSection, Phase, Request, Roof, Sample, SampleStatus,
    Step, WorkloadResult,
};
use tachograph_net::Exchange;

pub(crate) use arithmetic::same_arithmetic;
pub(crate) use plausibility::stamps;
pub(crate) use probe::{Probed, ask};

/// What one request leaves for the checks.
pub(crate) struct Exhibit<'a> {
    /// The workload.
    pub workload: &'a str,
    /// The nonce of the run.
    pub nonce: &'a str,
    /// What was asked.
    pub request: &'a Request,
    /// What was measured, its reads included.
    pub sample: &'a Sample,
    /// Bytes of generated text.
    pub text_bytes: u64,
    /// What arrived, and when.
    pub exchanges: &'a [Arc<Exchange>],
}

impl Exhibit<'_> {
    /// Whether the request counts: measured and answered.
    fn counts(&self) -> bool {
        self.sample.phase == Phase::Measure && self.sample.status == SampleStatus::Ok
    }

    /// What the request is called in messages.
    fn name(&self) -> String {
        format!("{}/{}/{}", self.workload, self.sample.step, self.sample.request)
    }
}

/// The checks that look at every request, fed as steps end.
#[derive(Debug, Default)]
pub(crate) struct Examiner {
    cold: cold_cache::ColdCache,
    tape: plausibility::Plausibility,
    counts: counts::Counts,
}

impl Examiner {
    /// Looks at one request.
    pub(crate) fn see(&mut self, exhibit: &Exhibit<'_>) {
        self.cold.see(exhibit);
        self.tape.see(exhibit);
        self.counts.see(exhibit);
    }

    /// Holds a step's stamps against the wall time that the harness metered.
    pub(crate) fn step(&mut self, step: &Step, samples: &[&Sample], wall_ns: Option<u64>) {
        self.tape.step(step, samples, wall_ns);
    }

    /// The section of the result.
    pub(crate) fn finish(self, rest: &Rest<'_>) -> Evidence {
        let checks = [
            Some(self.cold.check()),
            Some(canary::check(rest.probed)),
            Some(repeat::check(rest.probed)),
            Some(self.tape.check()),
            Some(roofline::check(rest.flags, rest.workloads, rest.roof)),
            Some(self.counts.check()),
            Some(harness::check(rest.harness, rest.flags)),
            rest.challenge.map(|used| challenge::check(used, rest.nonce)),
        ];
        Evidence {
            checks: checks.into_iter().flatten().collect(),
            canary: canary::texts(rest.probed),
        }
    }
}

/// What the checks look at besides the requests.
pub(crate) struct Rest<'a> {
    /// What the canary and the repeated prompt brought.
    pub probed: &'a Probed,
    /// What the harness says of itself.
    pub harness: &'a HarnessSection,
    /// Doubts about the whole run.
    pub flags: &'a [Flag],
    /// The workloads.
    pub workloads: &'a [WorkloadResult],
    /// What the memory allows.
    pub roof: Option<&'a Roof>,
    /// The nonce of the run.
    pub nonce: &'a str,
    /// The challenge that the run answers.
    pub challenge: Option<&'a ChallengeUsed>,
}
