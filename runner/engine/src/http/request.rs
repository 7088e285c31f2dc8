//! The requests that ask for an answer.

use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::Engine;
use crate::schedule::Limits;
use crate::text::{ChatMessage, Special, render};

/// Tokens of an answer when the request names no limit.
const DEFAULT_MAX_TOKENS: usize = 256;

/// Which of the two routes was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// `/v1/chat/completions`.
    Chat,
    /// `/v1/completions`.
    Completion,
}

/// The fields that both routes understand. Others are ignored, as OpenAI clients expect.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerRequest {
    #[serde(default)]
    messages: Option<Vec<ChatMessage>>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    #[serde(default)]
    prompt: Option<Value>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    max_tokens: Option<i64>,
    #[serde(default)]
    max_completion_tokens: Option<i64>,
    #[serde(default)]
    min_tokens: Option<usize>,
    #[serde(default)]
    ignore_eos: Option<bool>,
    #[serde(default)]
    temperature: Option<f32>,
    #[serde(default)]
    seed: Option<i64>,
    #[serde(default)]
    cache_prompt: Option<bool>,
    #[serde(default)]
    n: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

impl AnswerRequest {
    pub(super) fn streams(&self) -> bool {
        self.stream.unwrap_or(false)
    }

    pub(super) fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().and_then(|o| o.include_usage).unwrap_or(false)
    }

    /// Returns the prompt in tokens.
    pub(super) fn tokens(&self, protocol: Protocol, engine: &Engine) -> Result<Vec<u32>, Problem> {
        if self.n.unwrap_or(1) != 1 {
            return Err(Problem::invalid("\"n\" must be 1"));
        }
        let tokens = match protocol {
            Protocol::Chat => {
                let messages = self.messages.as_deref().unwrap_or_default();
                if messages.is_empty() {
                    return Err(Problem::invalid("\"messages\" must hold at least one message"));
                }
                let tools = self.tools.as_deref().unwrap_or_default();
                render(engine.tokenizer(), messages, tools).map_err(Problem::invalid)?
            }
            Protocol::Completion => self.completion_tokens(engine)?,
        };
        let context = engine.options().context;
        if tokens.len() >= context {
            return Err(Problem::context(tokens.len(), context));
        }
        Ok(tokens)
    }

    fn completion_tokens(&self, engine: &Engine) -> Result<Vec<u32>, Problem> {
        let text = |text: &str| {
            let mut tokens = vec![Special::Begin.id()];
            engine.tokenizer().encode(text, &mut tokens);
            tokens
        };
        let vocab = engine.shape().vocab as u64;
        match &self.prompt {
            Some(Value::String(prompt)) => Ok(text(prompt)),
            Some(Value::Array(parts)) => match parts.as_slice() {
                [Value::String(prompt)] => Ok(text(prompt)),
                [] => Err(Problem::invalid("\"prompt\" must not be empty")),
                ids => {
                    let ids = ids.iter().map(|id| match id.as_u64() {
                        Some(id) if id < vocab => Ok(id as u32),
                        _ => Err(Problem::invalid(format!(
                            "\"prompt\" holds {id}, which is no token id below {vocab}"
                        ))),
                    });
                    ids.collect()
                }
            },
            _ => Err(Problem::invalid("\"prompt\" must be a string or an array of token ids")),
        }
    }

    /// Returns the limits of the answer to a prompt of `prompt` tokens.
    ///
    /// An answer that would leave the context is cut there, and ends with `length`.
    pub(super) fn limits(&self, prompt: usize, context: usize) -> Result<Limits, Problem> {
        let room = context - prompt;
        let max_tokens = match self.max_completion_tokens.or(self.max_tokens) {
            None => DEFAULT_MAX_TOKENS.min(room),
            Some(-1) => room,
            Some(count) => match usize::try_from(count) {
                Ok(count) if count > 0 => count.min(room),
                _ => return Err(Problem::invalid("\"max_tokens\" must be at least 1")),
            },
        };
        let temperature = self.temperature.unwrap_or(0.0);
        if !(0.0..=100.0).contains(&temperature) {
            return Err(Problem::invalid("\"temperature\" must be from 0 to 100"));
        }
        Ok(Limits {
            max_tokens,
            min_tokens: self.min_tokens.unwrap_or(0),
            ignore_eos: self.ignore_eos.unwrap_or(false),
            temperature,
            seed: self.seed.unwrap_or(0).cast_unsigned(),
            cache_prompt: self.cache_prompt.unwrap_or(true),
        })
    }
}
