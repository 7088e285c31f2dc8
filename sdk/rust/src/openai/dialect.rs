//! Which server it is, and what it accepts beyond the common ground.

/// A server that speaks the OpenAI dialect with its own additions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing is known: only fields that every server takes.
    #[default]
    Generic,
    /// llama.cpp's `llama-server`.
    LlamaCpp,
    /// `mlx_lm.server`.
    Mlx,
    /// The OpenAI API itself.
    OpenAi,
    /// SGLang.
    Sglang,
    /// The engine that comes with Tachograph.
    Tachograph,
    /// `transformers serve`, which refuses every field that it does not know.
    Transformers,
    /// vLLM.
    Vllm,
}

impl Dialect {
    /// Every dialect with the word that configurations use.
    pub const ALL: &'static [(Dialect, &'static str)] = &[
        (Dialect::Generic, "generic"),
        (Dialect::LlamaCpp, "llama-cpp"),
        (Dialect::Mlx, "mlx"),
        (Dialect::OpenAi, "openai"),
        (Dialect::Sglang, "sglang"),
        (Dialect::Tachograph, "tachograph"),
        (Dialect::Transformers, "transformers"),
        (Dialect::Vllm, "vllm"),
    ];

    /// The dialect of a word; `None` for an unknown one.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(dialect, _)| *dialect)
    }

    /// The word that configurations use.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("generic", |(_, word)| word)
    }

    /// Whether `ignore_eos` makes it go on to the length asked for.
    pub fn ignores_eos(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::Sglang | Self::Tachograph | Self::Vllm)
    }

    /// Whether it takes `min_tokens`.
    pub fn takes_min_tokens(self) -> bool {
        matches!(self, Self::Sglang | Self::Tachograph | Self::Vllm)
    }

    /// Whether `cache_prompt` switches its prefix cache for one request.
    pub fn takes_cache_prompt(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::Tachograph)
    }

    /// Whether `cache_salt` keeps a request out of the shared prefix cache.
    pub fn takes_cache_salt(self) -> bool {
        matches!(self, Self::Sglang | Self::Vllm)
    }

    /// Whether `continuous_usage_stats` puts a running count in every event.
    pub fn counts_as_it_goes(self) -> bool {
        matches!(self, Self::Sglang | Self::Vllm)
    }

    /// Whether it takes `seed`.
    pub fn takes_seed(self) -> bool {
        self != Self::Transformers
    }
}
