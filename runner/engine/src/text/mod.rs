//! Text to tokens and back, and the chat template.

mod template;
mod tokenizer;

pub(crate) use template::{ChatMessage, render};
pub(crate) use tokenizer::{Special, Tokenizer};
