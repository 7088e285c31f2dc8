//! The conversation between the host and a workload.

use serde::{Deserialize, Serialize};

use crate::{Failure, Phase, ProfileName, Request, SampleStatus};

/// What a workload is told when its session opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkloadContext {
    /// The id of the workload in the suite.
    pub workload: String,
    /// Words that make this run's cold prompts new; the same within a run.
    pub nonce: String,
    /// The profile in force.
    pub profile: ProfileName,
    /// Measured repetitions.
    pub trials: u32,
    /// Warm-up repetitions, kept apart.
    pub warmup: u32,
    /// A cap on output tokens that the user set.
    pub max_tokens: Option<u32>,
    /// The longest prompt plus output that the backend takes, in its tokens.
    pub max_context: Option<u64>,
    /// Whether the backend takes `tools`.
    pub tools: bool,
}

/// One batch of requests and how to send them.
///
/// Request `i` runs on lane `i % concurrency`; each lane sends its requests in
/// order, and all lanes start together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in the session, for example `streams-8/trial-1`.
    pub id: String,
    /// Warm-up or measured.
    pub phase: Phase,
    /// The trial, from 0.
    pub trial: u32,
    /// Lanes at once.
    pub concurrency: u32,
    /// The requests, in order.
    pub requests: Vec<Request>,
}

/// What came of the last step: counts and text, never a duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The step.
    pub step: String,
    /// Why the host left the step out, for example for its time budget.
    pub skipped: Option<String>,
    /// One entry a request, in order; empty when the step was left out.
    pub requests: Vec<RequestOutcome>,
}

/// What came of one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestOutcome {
    /// The request.
    pub id: String,
    /// Whether it was answered.
    pub status: SampleStatus,
    /// Why not.
    pub error: Option<Failure>,
    /// Prompt tokens, as counted by the best source there was.
    pub prompt_tokens: Option<u64>,
    /// Output tokens, likewise.
    pub output_tokens: Option<u64>,
    /// The generated text.
    pub text: String,
}
