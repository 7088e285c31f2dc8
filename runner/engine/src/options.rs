//! What the engine is asked to be: shape, context, threads, cache.

use crate::EngineError;
use crate::numeric::PANEL;

/// The shape of the generated model, llama architecture.
///
/// Changing any field makes another model with another digest, whose results are not comparable
/// with those of the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelShape {
    /// Transformer layers.
    pub layers: usize,
    /// Width of the residual stream; a multiple of 32.
    pub dim: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of one head; a power of two, at least 32.
    pub head_dim: usize,
    /// Width of the feed-forward layer; a multiple of 32.
    pub ff: usize,
    /// Number of token ids; a multiple of 32, from 64 to 4,096.
    pub vocab: usize,
}

impl Default for ModelShape {
    fn default() -> Self {
        Self { layers: 4, dim: 256, heads: 8, kv_heads: 2, head_dim: 32, ff: 1280, vocab: 4096 }
    }
}

impl ModelShape {
    /// Returns the number of weights.
    pub fn parameters(&self) -> usize {
        let attention = self.dim * (self.query_dim() * 2 + self.kv_dim() * 2);
        let layer = attention + 3 * self.dim * self.ff + 2 * self.dim;
        2 * self.vocab * self.dim + self.layers * layer + self.dim
    }

    /// Returns the bytes of the KV cache that one token takes.
    pub fn kv_bytes_per_token(&self) -> usize {
        self.layers * self.kv_dim() * 2 * size_of::<f32>()
    }

    pub(crate) fn query_dim(&self) -> usize {
        self.heads * self.head_dim
    }

    pub(crate) fn kv_dim(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    fn check(&self) -> Result<(), &'static str> {
        let panels = |value: usize| value > 0 && value.is_multiple_of(PANEL);
        if self.layers == 0 {
            return Err("the model needs at least one layer");
        }
        if !panels(self.dim) || !panels(self.ff) || !panels(self.vocab) {
            return Err("dim, ff and vocab must be multiples of 32");
        }
        if !(64..=4096).contains(&self.vocab) {
            return Err("vocab must be from 64 to 4096");
        }
        if !self.head_dim.is_power_of_two() || self.head_dim < PANEL {
            return Err("head_dim must be a power of two, at least 32");
        }
        if self.kv_heads == 0 || self.heads == 0 || !self.heads.is_multiple_of(self.kv_heads) {
            return Err("kv_heads must divide heads");
        }
        Ok(())
    }
}

/// Options of the reference engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Compute threads; 0 means every core available to the process.
    ///
    /// Speeds at different thread counts are not comparable; the tokens are the same.
    pub threads: usize,
    /// Longest prompt plus answer, in tokens; default 40,960: a prompt of
    /// 32,768 reference tokens is about 35,000 tokens of this tokenizer.
    pub context: usize,
    /// Requests that run at the same time; default 16. More wait in a queue, first come first
    /// served.
    pub slots: usize,
    /// Tokens that the KV caches of all sequences may hold together; default 98,304.
    ///
    /// Finished sequences stay cached, least recently used evicted first. Raised to `context`
    /// if smaller.
    pub cache_tokens: usize,
    /// Seed of the generated weights. Any other than the default is another model.
    pub seed: u64,
    /// Shape of the generated model.
    pub shape: ModelShape,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            threads: 0,
            context: 40_960,
            slots: 16,
            cache_tokens: 98_304,
            seed: 0x7461_6368_6f67_7261,
            shape: ModelShape::default(),
        }
    }
}

impl EngineOptions {
    /// Checks the options and fills in what they leave to the machine.
    pub(crate) fn resolve(mut self) -> Result<Self, EngineError> {
        let invalid = |reason: &str| EngineError::InvalidOptions { reason: reason.to_owned() };
        self.shape.check().map_err(invalid)?;
        if !(16..=1 << 20).contains(&self.context) {
            return Err(invalid("context must be from 16 to 1048576 tokens"));
        }
        if !(1..=256).contains(&self.slots) {
            return Err(invalid("slots must be from 1 to 256"));
        }
        if self.threads > 1024 {
            return Err(invalid("threads must be at most 1024"));
        }
        if self.threads == 0 {
            self.threads = std::thread::available_parallelism().map_or(1, usize::from);
        }
        self.cache_tokens = self.cache_tokens.max(self.context);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_options_are_refused_with_a_reason() {
        let shape = |change: fn(&mut ModelShape)| {
            let mut options = EngineOptions::default();
            change(&mut options.shape);
            options.resolve().unwrap_err().to_string()
        };
        assert!(shape(|s| s.dim = 100).contains("multiples of 32"));
        assert!(shape(|s| s.kv_heads = 3).contains("divide"));
        assert!(shape(|s| s.head_dim = 48).contains("power of two"));
        assert!(shape(|s| s.vocab = 8192).contains("4096"));
        let context = EngineOptions { context: 1, ..EngineOptions::default() };
        assert_eq!(context.resolve().unwrap_err().code(), "engine-options-invalid");
    }

    #[test]
    fn defaults_are_filled_in() {
        let options = EngineOptions { cache_tokens: 0, ..EngineOptions::default() };
        let options = options.resolve().unwrap();
        assert!(options.threads >= 1);
        assert_eq!(options.cache_tokens, options.context);
    }
}
