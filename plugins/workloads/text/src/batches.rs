//! Plans made of parts that repeat the same cold requests.

use std::collections::BTreeMap;

use tachograph_metrics::{Random, report::Coverage};
use tachograph_model::{CacheIntent, Message, Outcome, Request, Role, Step, WorkloadContext};

use crate::{ColdRequest, Kind, Plan, Repeats, capped_output, cold_opening, count, too_long};

/// The shortest prompt that can be written, in reference tokens.
pub const LEAST_PROMPT: u64 = 32;

/// Prompts below this length have no room for [`CONTINUE`].
const ROOM_TO_ASK: u64 = 96;

/// What a prompt of prose asks for.
pub const CONTINUE: &str = "Continue this account in the same plain style, with new people and \
                            new places, and do not stop early.";

/// The same, for a short prompt.
const GO_ON: &str = "Go on.";

/// What the prompts of a batch say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Prose of this many reference tokens, [`LEAST_PROMPT`] at least.
    Prose(u64),
    /// These words, after the opening that makes them new.
    Words(String),
}

/// One part of a plan: a step of cold requests, warmed up and repeated.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The beginning of its steps' ids, for example `length-512`; may be empty.
    pub prefix: String,
    /// What reports call it, for example `length 512`.
    pub part: String,
    /// Lanes at once.
    pub lanes: u32,
    /// Requests of a step.
    pub requests: u32,
    /// What each request says.
    pub prompt: Prompt,
    /// Output tokens, asked for exactly.
    pub output_tokens: u32,
    /// What sets its requests apart.
    pub condition: BTreeMap<String, i64>,
    /// Warm-up steps and trials.
    pub repeats: Repeats,
}

/// The session of a workload whose plan is known when it opens.
#[derive(Debug)]
pub struct Batches {
    context: WorkloadContext,
    seed: u64,
    batches: Vec<Batch>,
    plan: Plan,
}

impl Batches {
    /// An empty plan.
    pub fn new(context: WorkloadContext, seed: u64) -> Self {
        Self { context, seed, batches: Vec::new(), plan: Plan::default() }
    }

    /// Adds a part; one that the backend's context cannot take is noted as
    /// skipped. The user's cap on output tokens is in force.
    pub fn add(&mut self, mut batch: Batch) {
        batch.output_tokens = capped_output(&self.context, batch.output_tokens);
        let prompt = match &batch.prompt {
            Prompt::Prose(tokens) => *tokens,
            Prompt::Words(words) => count(&cold_opening("", &self.context.nonce)) + count(words),
        };
        match too_long(&self.context, prompt, batch.output_tokens) {
            Some(reason) => self.plan.add_skipped(&batch.part, reason),
            None => {
                let at = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
                let requests = batch.requests as usize;
                self.plan.add_part(&batch.prefix, &batch.part, at, requests, batch.repeats);
                self.batches.push(batch);
            }
        }
    }

    /// The next step, after the outcome of the last one was noted.
    pub fn next(&mut self, outcome: Option<&Outcome>) -> Option<Step> {
        let planned = self.plan.next(outcome)?;
        let batch = self.batches.get(planned.at as usize)?;
        let write = |i| self.request(batch, &planned.id, i);
        let requests = (0..batch.requests).map(write).collect();
        Some(planned.step(batch.lanes, requests))
    }

    fn request(&self, batch: &Batch, step: &str, i: u32) -> Request {
        let id = format!("r{}", i + 1);
        let condition = batch.condition.clone();
        let output_tokens = batch.output_tokens;
        match &batch.prompt {
            Prompt::Prose(prompt_tokens) => ColdRequest {
                context: &self.context,
                seed: self.seed,
                step,
                id,
                prompt_tokens: *prompt_tokens,
                output_tokens,
                kind: Kind::Prose,
                ask: if *prompt_tokens < ROOM_TO_ASK { GO_ON } else { CONTINUE },
                condition,
            }
            .write(),
            Prompt::Words(words) => {
                let key = format!("{}/{}/{step}/{id}", self.seed, self.context.workload);
                let content = format!("{}{words}", cold_opening(&key, &self.context.nonce));
                Request {
                    id,
                    model: String::new(),
                    reference_prompt_tokens: count(&content),
                    messages: vec![Message::text(Role::User, content)],
                    tools: Vec::new(),
                    max_tokens: output_tokens,
                    exact_length: true,
                    cache: CacheIntent::Cold,
                    ideal_cached_tokens: 0,
                    seed: self.seed,
                    delay_ms: 0,
                    condition,
                }
            }
        }
    }

    /// How much of the plan can have been measured.
    pub fn coverage(&self) -> Coverage {
        self.plan.coverage()
    }

    /// The context of the run.
    pub fn context(&self) -> &WorkloadContext {
        &self.context
    }

    /// The generator of the report's intervals, whose seed follows from the run.
    pub fn random(&self) -> Random {
        Random::from_text(&format!("{}/{}", self.context.nonce, self.context.workload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PLACEHOLDER_NONCE;

    fn context(max_context: Option<u64>) -> WorkloadContext {
        WorkloadContext {
            workload: "sweep".to_owned(),
            nonce: PLACEHOLDER_NONCE.to_owned(),
            profile: tachograph_model::ProfileName::Quick,
            trials: 1,
            warmup: 0,
            max_tokens: Some(8),
            max_context,
            tools: false,
        }
    }

    fn batch(tokens: u64) -> Batch {
        Batch {
            prefix: format!("length-{tokens}"),
            part: format!("length {tokens}"),
            lanes: 2,
            requests: 3,
            prompt: Prompt::Prose(tokens),
            output_tokens: 16,
            condition: BTreeMap::new(),
            repeats: (1, 1),
        }
    }

    #[test]
    fn short_prompts_have_their_length_too() {
        for tokens in (LEAST_PROMPT..160).step_by(7) {
            for seed in 0..20 {
                let mut plan = Batches::new(context(None), seed);
                plan.add(batch(tokens));
                let step = plan.next(None).unwrap();
                assert_eq!((step.concurrency, step.requests.len()), (2, 3));
                for request in step.requests {
                    assert_eq!(request.reference_prompt_tokens, tokens, "{:?}", request.messages);
                    assert_eq!(request.max_tokens, 8, "the user's cap");
                }
            }
        }
    }

    #[test]
    fn a_part_that_does_not_fit_is_skipped() {
        let mut plan = Batches::new(context(Some(256)), 1);
        plan.add(batch(128));
        plan.add(batch(512));
        let mut ids = Vec::new();
        while let Some(step) = plan.next(None) {
            ids.push(step.id);
        }
        assert_eq!(ids, ["length-128/warmup-1", "length-128/trial-1"]);
        assert_eq!(plan.coverage().skipped[0].what, "length 512");
    }
}
