//! The engine: weights, compute threads and the door to them.

use std::sync::{Arc, mpsc};

use crate::model::{Forward, PagedSequence, Weights};
use crate::schedule::{Generation, Scheduler, Slots};
use crate::text::Tokenizer;
use crate::{EngineError, EngineOptions, ModelShape, numeric};

/// The identifier under which the engine lists its model.
pub const MODEL_ID: &str = "tachograph-reference-v1";

/// A running reference engine.
///
/// Clones share it; the compute threads end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: EngineOptions,
    weights_sha256: String,
    instruction_set: String,
    tokenizer: Tokenizer,
    requests: mpsc::Sender<Generation>,
    // The pool lives as long as the engine; its threads end when the request channel closes.
    _pool: rayon::ThreadPool,
}

impl Engine {
    /// Generates the weights and starts the compute threads.
    ///
    /// # Errors
    /// [`EngineError::InvalidOptions`] names the option out of range;
    /// [`EngineError::Threads`] means that the threads could not be started.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let options = options.resolve()?;
        let weights = Arc::new(Weights::generate(options.shape, options.seed));
        let weights_sha256 = weights.sha256();
        let tokenizer = Tokenizer::new(options.shape.vocab);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .thread_name(|index| format!("tacho-engine-{index}"))
            // A panic would otherwise end the process. The loop ends, and with it every stream.
            .panic_handler(|_| {})
            .build()
            .map_err(|source| EngineError::Threads { source })?;
        let (requests, receiver) = mpsc::channel();
        let empty = PagedSequence::new(options.shape);
        let slots = Slots::new(options.slots, &empty, options.cache_tokens);
        let forward = Forward::new(weights, options.context);
        let scheduler = Scheduler::new(forward, slots, tokenizer, options.slots);
        // On a thread of the pool, so that a step begins without waking another thread.
        pool.spawn(move || scheduler.run(&receiver));
        Ok(Self {
            inner: Arc::new(Inner {
                options,
                weights_sha256,
                instruction_set: numeric::instruction_set(),
                tokenizer,
                requests,
                _pool: pool,
            }),
        })
    }

    /// Returns the SHA-256 of the weight bytes, in lower-case hexadecimal.
    ///
    /// It depends on the shape and the seed alone, on every platform.
    pub fn weights_sha256(&self) -> &str {
        &self.inner.weights_sha256
    }

    /// Returns the shape of the model.
    pub fn shape(&self) -> &ModelShape {
        &self.inner.options.shape
    }

    /// Returns the options in force, with the number of threads filled in.
    pub fn options(&self) -> &EngineOptions {
        &self.inner.options
    }

    /// Returns the vector instruction set in use, such as `x86-64-v4 (AVX-512)`.
    pub fn instruction_set(&self) -> &str {
        &self.inner.instruction_set
    }

    /// Returns the version of this engine.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    pub(crate) fn tokenizer(&self) -> Tokenizer {
        self.inner.tokenizer
    }

    /// Hands a request to the compute threads.
    pub(crate) fn submit(&self, request: Generation) -> Result<(), EngineError> {
        self.inner.requests.send(request).map_err(|_| EngineError::Stopped)
    }
}
