//! The servers that the kit can play.

use serde::{Deserialize, Serialize};

/// A server that the kit plays: a protocol, with the facts by which drivers
/// recognise one server that speaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// A server of the OpenAI dialect that says nothing else of itself.
    Openai,
    /// `llama-server`: its native routes, and chat with timings.
    LlamaCpp,
    /// vLLM.
    Vllm,
    /// SGLang.
    Sglang,
    /// `mlx_lm.server`: HTTP/1.0, comments before the first event.
    Mlx,
    /// TabbyAPI, in front of ExLlama.
    Tabbyapi,
    /// LM Studio.
    LmStudio,
    /// Ollama: lines of JSON.
    Ollama,
    /// The Anthropic dialect: named events.
    Anthropic,
}

/// How a dialect streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Server-sent events.
    Events,
    /// One JSON document a line.
    Lines,
}

impl Dialect {
    /// Every dialect, in the order in which a driver's own is looked for: who
    /// accepts the bare OpenAI dialect speaks it, whatever else it accepts.
    pub const ALL: [Self; 9] = [
        Self::Openai,
        Self::LlamaCpp,
        Self::Vllm,
        Self::Sglang,
        Self::Mlx,
        Self::Tabbyapi,
        Self::LmStudio,
        Self::Ollama,
        Self::Anthropic,
    ];

    /// Its name, as `tacho plugin test --dialect` takes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::LlamaCpp => "llama-cpp",
            Self::Vllm => "vllm",
            Self::Sglang => "sglang",
            Self::Mlx => "mlx",
            Self::Tabbyapi => "tabbyapi",
            Self::LmStudio => "lm-studio",
            Self::Ollama => "ollama",
            Self::Anthropic => "anthropic",
        }
    }

    /// The dialect of a name; `None` for an unknown one.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }

    pub(crate) fn stream(self) -> Stream {
        if self == Self::Ollama { Stream::Lines } else { Stream::Events }
    }

    /// Whether its chat route is that of the OpenAI dialect.
    pub(crate) fn speaks_openai(self) -> bool {
        !matches!(self, Self::Ollama | Self::Anthropic)
    }

    /// HTTP/1.0 ends a body by closing the connection, so that an early end
    /// looks like any other.
    pub(crate) fn closes_after_body(self) -> bool {
        self == Self::Mlx
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_dialects() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::of_word(dialect.word()), Some(dialect));
            assert_eq!(serde_json::to_value(dialect).unwrap(), dialect.word());
        }
        assert_eq!(Dialect::of_word("gopher"), None);
    }
}
