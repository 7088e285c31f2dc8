//! Why a figure could not be measured.

/// A figure, or why there is none.
pub type Measured<T> = Result<T, Unmeasured>;

/// Why a figure could not be measured. The text is what reports print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasured {
    /// There is no sample to measure.
    #[error("no request was answered")]
    NoSamples,
    /// The request failed or was cut short.
    #[error("the request was not answered to its end")]
    NotAnswered,
    /// The request was never written.
    #[error("the request was not sent")]
    NotSent,
    /// The response had no generated token.
    #[error("no generated token arrived")]
    NoToken,
    /// The response had no user-visible content.
    #[error("no user-visible content arrived")]
    NoContent,
    /// The connection was open already.
    #[error("the connection was open already")]
    ConnectionReused,
    /// The stamps are not in order.
    #[error("the time stamps are out of order")]
    OutOfOrder,
    /// Nobody counted the prompt tokens.
    #[error("the server did not count the prompt tokens")]
    PromptUncounted,
    /// Nobody counted the output tokens.
    #[error("the server did not count the output tokens")]
    OutputUncounted,
    /// Fewer than one token came after the first read.
    #[error("no token came after the first read")]
    NoDecodeToken,
    /// All tokens came in one or two reads, so no decode time was seen.
    #[error("starved: {tokens} tokens came in {reads} read(s), so the decode time was not seen")]
    Starved {
        /// Output tokens.
        tokens: u64,
        /// Token-bearing reads.
        reads: usize,
    },
    /// The frames do not say how many tokens they carry, and deltas are not tokens.
    #[error("the server's frames do not say how many tokens they carry")]
    ReadsUncounted,
    /// The server does not report tokens that came from a cache.
    #[error("the server does not report cached tokens")]
    CacheUnknown,
    /// By design there is nothing to reuse.
    #[error("cold by design: no prompt shares a prefix with an earlier one")]
    ColdByDesign,
    /// The whole prompt came from a cache.
    #[error("the whole prompt came from the cache")]
    AllCached,
    /// The server does not report its own durations.
    #[error("the server does not report its own durations")]
    NoServerTiming,
    /// The prompt took no longer than the network's round trip.
    #[error("the first token came within the network's round trip")]
    WithinRoundTrip,
    /// Too few observations for this percentile.
    #[error("n = {n}; p{percent} needs {needed}")]
    TooFew {
        /// The percentile.
        percent: u8,
        /// Observations there are.
        n: usize,
        /// Observations needed.
        needed: usize,
    },
    /// Something else, in words.
    #[error("{0}")]
    Other(String),
}
