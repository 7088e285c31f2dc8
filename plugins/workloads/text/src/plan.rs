//! Walking through the steps of a workload.

use tachograph_metrics::report::Coverage;
use tachograph_model::{Failure, InvalidId, Name, Outcome, Phase, Request, SkippedPart, Step};

/// A step before its requests are written, which happens when it is due: long
/// prompts need not all exist at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Unique in the session.
    pub id: String,
    /// Warm-up or measured.
    pub phase: Phase,
    /// The trial, from 0.
    pub trial: u32,
    /// What reports call the part, for example `context 65536`.
    pub part: String,
    /// The condition that sets it apart, for example 65,536.
    pub at: u32,
    /// Its requests.
    pub requests: usize,
}

impl PlannedStep {
    /// The step with its requests.
    pub fn step(self, concurrency: u32, requests: Vec<Request>) -> Step {
        Step { id: self.id, phase: self.phase, trial: self.trial, concurrency, requests }
    }
}

/// The steps of a session, and what became of them.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    steps: Vec<PlannedStep>,
    given: usize,
    left_out: Vec<(usize, String)>,
    never: Vec<SkippedPart>,
}

impl Plan {
    /// Adds one part: its warm-up steps, then its trials. Ids are
    /// `PREFIX/warmup-1` and `PREFIX/trial-1`, without the prefix if it is
    /// empty.
    pub fn add_part(
        &mut self,
        prefix: &str,
        part: &str,
        at: u32,
        requests: usize,
        repeats: Repeats,
    ) {
        let slash = if prefix.is_empty() { "" } else { "/" };
        let phases = [(Phase::Warmup, "warmup", repeats.0), (Phase::Measure, "trial", repeats.1)];
        for (phase, word, count) in phases {
            for trial in 0..count {
                let id = format!("{prefix}{slash}{word}-{}", trial + 1);
                let part = part.to_owned();
                self.steps.push(PlannedStep { id, phase, trial, part, at, requests });
            }
        }
    }

    /// Notes a part that is not even planned, with the reason.
    pub fn add_skipped(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.never.push(SkippedPart { what: what.into(), reason: reason.into() });
    }

    /// The next step, after the outcome of the last one was noted.
    pub fn next(&mut self, outcome: Option<&Outcome>) -> Option<PlannedStep> {
        if let (Some(last), Some(outcome)) = (self.given.checked_sub(1), outcome)
            && let Some(reason) = &outcome.skipped
        {
            self.left_out.push((last, reason.clone()));
        }
        let step = self.steps.get(self.given).cloned();
        self.given += usize::from(step.is_some());
        step
    }

    /// How much of the plan can have been measured. A part of which every
    /// trial was left out is named alone, otherwise with how many were.
    pub fn coverage(&self) -> Coverage {
        let measured = |step: &&PlannedStep| step.phase == Phase::Measure;
        let all: usize = self.steps.iter().filter(measured).map(|s| s.requests).sum();
        let mut out = 0;
        let mut parts: Vec<(String, String, usize)> = Vec::new();
        for (at, reason) in &self.left_out {
            let Some(step) = self.steps.get(*at).filter(measured) else { continue };
            out += step.requests;
            match parts.iter_mut().find(|(part, why, _)| *part == step.part && why == reason) {
                Some((_, _, n)) => *n += 1,
                None => parts.push((step.part.clone(), reason.clone(), 1)),
            }
        }
        let mut skipped = self.never.clone();
        skipped.extend(parts.into_iter().map(|(part, reason, n)| {
            let of = self.steps.iter().filter(measured).filter(|s| s.part == part).count();
            let what = if n == of { part } else { format!("{part} ({n} of {of} trials)") };
            SkippedPart { what, reason }
        }));
        Coverage { planned: all - out, skipped }
    }
}

/// Warm-up repetitions and trials.
pub type Repeats = (u32, u32);

/// The failure of parameters that a workload does not take.
pub fn bad_params(why: impl std::fmt::Display) -> Failure {
    Failure::new("bad-params", format!("the parameters are not valid: {why}"))
}

/// The id of a plugin, which its author wrote as a literal.
///
/// # Panics
///
/// When the literal is no name; the test of each plugin's description sees it.
pub fn plugin_name(literal: &'static str) -> Name {
    literal.parse().unwrap_or_else(|why: InvalidId| panic!("{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(step: &str, skipped: Option<&str>) -> Outcome {
        Outcome { step: step.into(), skipped: skipped.map(str::to_owned), requests: vec![] }
    }

    #[test]
    fn steps_come_in_order_and_skips_are_kept() {
        let mut plan = Plan::default();
        plan.add_skipped("context 131072", "too long");
        plan.add_part("context-32768", "context 32768", 32_768, 1, (1, 2));
        plan.add_part("context-65536", "context 65536", 65_536, 1, (0, 2));
        let mut ids = Vec::new();
        let mut last: Option<String> = None;
        while let Some(step) = plan.next(
            last.as_deref()
                .map(|id| outcome(id, id.contains("65536").then_some("no time left")))
                .as_ref(),
        ) {
            last = Some(step.id.clone());
            ids.push(step.id);
        }
        assert_eq!(
            ids[..3],
            ["context-32768/warmup-1", "context-32768/trial-1", "context-32768/trial-2"]
        );
        assert_eq!(ids.len(), 5);
        let coverage = plan.coverage();
        assert_eq!(coverage.planned, 2);
        let what: Vec<_> = coverage.skipped.iter().map(|s| s.what.as_str()).collect();
        assert_eq!(what, ["context 131072", "context 65536"]);
    }

    #[test]
    fn a_part_that_ran_in_part_says_how_many_trials_are_missing() {
        let mut plan = Plan::default();
        plan.add_part("", "chat", 0, 1, (0, 3));
        plan.next(None);
        plan.next(Some(&outcome("trial-1", None)));
        plan.next(Some(&outcome("trial-2", Some("no time left"))));
        assert_eq!(plan.next(Some(&outcome("trial-3", Some("no time left")))), None);
        let coverage = plan.coverage();
        assert_eq!(
            (coverage.planned, coverage.skipped[0].what.as_str()),
            (1, "chat (2 of 3 trials)")
        );
    }
}
