//! The requests of the evidence itself: a few greedy prompts, and one prompt
//! twice. They come before the workloads, are on the tape, and count in no figure.

use std::time::{Duration, Instant};

use tachograph_model::{
    CacheIntent, Message, Phase, Request, Role, Sample, SampleStatus, Step, WorkloadContext,
};
use tachograph_workload_text::{ColdRequest, Kind};

use crate::{SessionError, cost::Cost, lane, workload::Stage};

/// The prompts of the canary, version 1. They never change: their answers are
/// compared across runs.
const CANARY: [&str; 3] = [
    "Name the days of the week in order, and nothing else.",
    "Continue this story: The lighthouse keeper opened the door and saw",
    "Write the numbers from one to twenty as words.",
];
/// The version of the prompts.
pub(super) const CANARY_VERSION: u32 = 1;
/// Output tokens of each.
pub(super) const CANARY_TOKENS: u32 = 16;
/// Reference tokens of the repeated prompt: more than one block of any cache.
const REPEATED_TOKENS: u64 = 160;
/// When the probes have taken that long, the rest is left out.
const PATIENCE: Duration = Duration::from_secs(8);
/// Under this name the requests are on the tape; no workload can have it.
const WORKLOAD: &str = "~evidence";

/// What the probes brought.
#[derive(Debug, Default)]
pub(crate) struct Probed {
    /// Why probes are missing, if any is.
    pub left_out: Option<String>,
    /// The answers to the canary's prompts.
    pub canary: Vec<Sample>,
    /// A prompt, the same prompt, and another of its length.
    pub repeat: Vec<Sample>,
}

impl Probed {
    /// No probe was sent.
    pub(crate) fn left_out(reason: &str) -> Self {
        Self { left_out: Some(reason.to_owned()), ..Self::default() }
    }
}

/// Sends the probes, one after another, for as long as they are cheap.
pub(crate) async fn ask(
    stage: &Stage<'_>,
    context: &WorkloadContext,
    mut cost: Option<&mut Cost>,
) -> Result<Probed, SessionError> {
    let began = Instant::now();
    let mut probed = Probed::default();
    let canary = CANARY.iter().enumerate().map(|(n, prompt)| (true, greedy(n, prompt, stage.seed)));
    let repeat = repeated(context, stage.seed).map(|request| (false, request));
    for (is_canary, mut request) in canary.chain(repeat) {
        request.model = stage.model.to_owned();
        let step = Step {
            id: request.id.clone(),
            phase: Phase::Warmup,
            trial: 0,
            concurrency: 1,
            requests: vec![request],
        };
        let decide = async { refusal(stage, &step, cost.as_deref(), began.elapsed()) };
        let skip: Option<String> =
            stage.world.fact(&format!("{WORKLOAD}/{}/skip", step.id), decide).await?;
        if skip.is_some() {
            probed.left_out = skip;
            break;
        }
        let turns =
            lane::run_step(stage.world, stage.driver, WORKLOAD, &step, stage.origin, None).await?;
        let Some(turn) = turns.into_iter().next() else { break };
        if let Some(cost) = &mut cost {
            cost.add(std::slice::from_ref(&turn.sample));
        }
        let failed = (turn.sample.status != SampleStatus::Ok).then(|| failure(&turn.sample));
        match is_canary {
            true => probed.canary.push(turn.sample),
            false => probed.repeat.push(turn.sample),
        }
        // A server that fails one will fail the next, and each may take its patience.
        if failed.is_some() {
            probed.left_out = failed;
            break;
        }
    }
    Ok(probed)
}

fn failure(sample: &Sample) -> String {
    let code = sample.error.as_ref().map_or("interrupted", |error| &error.code);
    format!("the request `{}` failed: {code}", sample.request)
}

/// Why a probe is not sent.
fn refusal(stage: &Stage<'_>, step: &Step, cost: Option<&Cost>, taken: Duration) -> Option<String> {
    if stage.world.live().is_some_and(crate::live::Live::interrupted) {
        return Some("the run was stopped".to_owned());
    }
    if taken > PATIENCE {
        let seconds = taken.as_secs();
        return Some(format!("the probes before took {seconds} s, and they should take no more"));
    }
    cost.and_then(|cost| cost.refuses(step))
}

fn greedy(n: usize, prompt: &str, seed: u64) -> Request {
    Request {
        id: format!("canary-{n}"),
        model: String::new(),
        messages: vec![Message::text(Role::User, prompt)],
        tools: Vec::new(),
        max_tokens: CANARY_TOKENS,
        exact_length: true,
        // What a cache holds of it changes nothing of what is written.
        cache: CacheIntent::Reuse,
        ideal_cached_tokens: 0,
        reference_prompt_tokens: tachograph_workload_text::count(prompt),
        seed,
        delay_ms: 0,
        condition: std::collections::BTreeMap::new(),
    }
}

/// A prompt that is new to the server, the same again, and another new one.
fn repeated(context: &WorkloadContext, seed: u64) -> impl Iterator<Item = Request> {
    let write = |text: &str| {
        let request = ColdRequest {
            context,
            seed,
            step: "repeat",
            id: text.to_owned(),
            prompt_tokens: REPEATED_TOKENS,
            output_tokens: 2,
            kind: Kind::Prose,
            ask: "Continue the text.",
            condition: std::collections::BTreeMap::new(),
        };
        // The server shall do with it what it does with every prompt.
        Request { cache: CacheIntent::Reuse, ..request.write() }
    };
    let [first, other] = [write("first"), write("other")];
    [("repeat-first", first.clone()), ("repeat-again", first), ("repeat-other", other)]
        .into_iter()
        .map(|(id, request)| Request { id: id.to_owned(), ..request })
}
