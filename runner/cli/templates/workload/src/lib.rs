//! The workload my-plugin: one request after another, each with a prompt that
//! no cache can hold.
//!
//! A workload is pure. It has no clock and sends nothing; the same parameters,
//! context, seed and outcomes give the same steps on every machine.

mod report;

use std::collections::BTreeMap;

use tachograph_sdk::{
    Failure, Workload,
    model::{
        CacheIntent, Message, Outcome, ParamsDescription, Phase, Request, Role, Sample, Step,
        WorkloadContext, WorkloadReport,
    },
    serde_json::{Value, json},
};

/// Each of these is one token of the reference tokenizer.
const WORDS: [&str; 8] = ["red", "green", "blue", "white", "black", "gold", "silver", "brown"];

/// A session of the workload.
pub struct MyPlugin {
    context: WorkloadContext,
    seed: u64,
    prompt_words: u64,
    output_tokens: u32,
    given: u32,
}

impl Workload for MyPlugin {
    fn describe() -> ParamsDescription {
        let count = json!({ "type": "integer", "minimum": 1, "maximum": 100_000 });
        ParamsDescription {
            id: tachograph_sdk::name("my-plugin"),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "my-plugin".into(),
            params_schema: json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["prompt_words", "output_tokens"],
                "properties": { "prompt_words": count, "output_tokens": count }
            }),
        }
    }

    fn open(params: Value, context: WorkloadContext, seed: u64) -> Result<Self, Failure> {
        let number = |name: &str| {
            let wrong = || Failure::new("bad-params", format!("`{name}` is not a number"));
            params[name].as_u64().ok_or_else(wrong)
        };
        let prompt_words = number("prompt_words")?;
        let output_tokens = u32::try_from(number("output_tokens")?).unwrap_or(u32::MAX);
        let output_tokens = output_tokens.min(context.max_tokens.unwrap_or(u32::MAX));
        Ok(Self { context, seed, prompt_words, output_tokens, given: 0 })
    }

    fn next(&mut self, _last: Option<Outcome>) -> Result<Option<Step>, Failure> {
        let number = self.given;
        if number == self.context.warmup + self.context.trials {
            return Ok(None);
        }
        self.given += 1;
        let (phase, trial, id) = match number.checked_sub(self.context.warmup) {
            None => (Phase::Warmup, number, format!("warmup-{}", number + 1)),
            Some(trial) => (Phase::Measure, trial, format!("trial-{}", trial + 1)),
        };
        let request = self.request(&id);
        Ok(Some(Step { id, phase, trial, concurrency: 1, requests: vec![request] }))
    }

    fn report(&mut self, samples: Vec<Sample>) -> Result<WorkloadReport, Failure> {
        Ok(report::report(&self.context, &samples))
    }
}

impl MyPlugin {
    fn request(&self, step: &str) -> Request {
        // What comes first makes the whole prompt new to a prefix cache.
        let mut prompt = format!("{} {step}.", self.context.nonce);
        for at in 0..self.prompt_words {
            let word = (at.wrapping_mul(5).wrapping_add(self.seed) % 8) as usize;
            prompt.push(' ');
            prompt.push_str(WORDS[word]);
        }
        Request {
            id: "r1".into(),
            // The host fills it in.
            model: String::new(),
            messages: vec![Message::text(Role::User, prompt)],
            tools: Vec::new(),
            max_tokens: self.output_tokens,
            exact_length: true,
            cache: CacheIntent::Cold,
            ideal_cached_tokens: 0,
            reference_prompt_tokens: self.prompt_words,
            seed: self.seed,
            delay_ms: 0,
            condition: BTreeMap::new(),
        }
    }
}

tachograph_sdk::export_workload!(MyPlugin, "plugin.toml");

#[cfg(test)]
mod tests;
