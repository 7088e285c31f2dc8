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
    /// TabbyAPI, the server of ExLlamaV2 and ExLlamaV3.
    TabbyApi,
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
        (Dialect::TabbyApi, "tabbyapi"),
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

    /// The name of such a server, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "OpenAI-compatible server",
            Self::LlamaCpp => "llama.cpp",
            Self::Mlx => "mlx-lm",
            Self::OpenAi => "OpenAI API",
            Self::Sglang => "SGLang",
            Self::TabbyApi => "TabbyAPI",
            Self::Tachograph => "tachograph engine",
            Self::Transformers => "transformers serve",
            Self::Vllm => "vLLM",
        }
    }

    /// What its models say in `owned_by`, where that gives the server away.
    pub fn owner(self) -> Option<&'static str> {
        match self {
            Self::LlamaCpp => Some("llamacpp"),
            Self::Sglang => Some("sglang"),
            Self::TabbyApi => Some("tabbyAPI"),
            Self::Tachograph => Some("tachograph"),
            Self::Vllm => Some("vllm"),
            Self::Generic | Self::Mlx | Self::OpenAi | Self::Transformers => None,
        }
    }

    /// The field that makes it go on to the length asked for.
    pub fn eos_field(self) -> Option<&'static str> {
        match self {
            Self::LlamaCpp | Self::Sglang | Self::Tachograph | Self::Vllm => Some("ignore_eos"),
            Self::TabbyApi => Some("ban_eos_token"),
            Self::Generic | Self::Mlx | Self::OpenAi | Self::Transformers => None,
        }
    }

    /// Whether a field makes it go on to the length asked for.
    pub fn ignores_eos(self) -> bool {
        self.eos_field().is_some()
    }

    /// Whether it takes `min_tokens`.
    pub fn takes_min_tokens(self) -> bool {
        matches!(self, Self::Sglang | Self::TabbyApi | Self::Tachograph | Self::Vllm)
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

    /// Whether it refuses tools unless it was started with a parser for their
    /// calls, but not when none may be called. vLLM is the one; it still puts
    /// the tools into the prompt, as other servers do not.
    pub fn refuses_tools_unparsed(self) -> bool {
        self == Self::Vllm
    }

    /// Whether it pads its events at random unless told otherwise.
    pub fn pads_events(self) -> bool {
        self == Self::OpenAi
    }

    /// Whether it states cached tokens whatever it was started with. vLLM and
    /// SGLang do so with a flag only, TabbyAPI in its newer builds.
    pub fn states_cached_tokens(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::Mlx | Self::OpenAi | Self::Tachograph)
    }

    /// Whether it states its own durations.
    pub fn states_timings(self) -> bool {
        matches!(self, Self::LlamaCpp | Self::TabbyApi | Self::Tachograph)
    }

    /// Whether it takes `seed`.
    pub fn takes_seed(self) -> bool {
        self != Self::Transformers
    }
}
