//! Requests whose prompt no cache can hold.

use std::collections::BTreeMap;

use tachograph_metrics::Random;
use tachograph_model::{CacheIntent, Message, Request, Role, WorkloadContext};

use crate::{Kind, cold_opening, count, text};

/// Room for a chat template, in tokens, where a prompt has to fit a context.
pub const TEMPLATE_SLACK: u64 = 64;

/// One cold request, before its text is written.
#[derive(Debug, Clone)]
pub struct ColdRequest<'a> {
    /// The context of the run: the workload's id and the nonce.
    pub context: &'a WorkloadContext,
    /// The seed of the suite.
    pub seed: u64,
    /// The step that it is in.
    pub step: &'a str,
    /// Its id, unique in the step.
    pub id: String,
    /// The length of the prompt in reference tokens, 80 at least.
    pub prompt_tokens: u64,
    /// Output tokens, asked for exactly.
    pub output_tokens: u32,
    /// What the prompt is made of.
    pub kind: Kind,
    /// The last line of the prompt: what the model is to do.
    pub ask: &'a str,
    /// What sets the request apart.
    pub condition: BTreeMap<String, i64>,
}

impl ColdRequest<'_> {
    /// The request. Its text follows from the seed, the workload, the step and
    /// the id; only the nonce in the first line is of this run.
    pub fn write(self) -> Request {
        let key = format!("{}/{}/{}/{}", self.seed, self.context.workload, self.step, self.id);
        let opening = cold_opening(&key, &self.context.nonce);
        // The full stop that ends the body and the line breaks after it are
        // one piece.
        let ending = format!(".\n\n{}", self.ask);
        let fixed = count(&opening) + count(&ending) - count(".");
        let mut random = Random::from_text(&key);
        let body = text(self.kind, self.prompt_tokens.saturating_sub(fixed), &mut random);
        let content = format!("{opening}{body}\n\n{}", self.ask);
        Request {
            id: self.id,
            model: String::new(),
            reference_prompt_tokens: count(&content),
            messages: vec![Message::text(Role::User, content)],
            tools: Vec::new(),
            max_tokens: self.output_tokens,
            exact_length: true,
            cache: CacheIntent::Cold,
            ideal_cached_tokens: 0,
            seed: self.seed,
            delay_ms: 0,
            condition: self.condition,
        }
    }
}

/// The output tokens to ask for: those of the suite, or fewer if the user said.
pub fn capped_output(context: &WorkloadContext, output_tokens: u32) -> u32 {
    context.max_tokens.map_or(output_tokens, |cap| output_tokens.min(cap)).max(1)
}

/// Why a prompt and its output do not fit the backend's context; none if they
/// do, or if the backend does not say how long its context is.
pub fn too_long(context: &WorkloadContext, prompt: u64, output: u32) -> Option<String> {
    let most = context.max_context?;
    let needed = prompt + u64::from(output) + TEMPLATE_SLACK;
    (needed > most).then(|| {
        format!("needs {needed} tokens of context ({prompt} + {output} + template); the model takes {most}")
    })
}
