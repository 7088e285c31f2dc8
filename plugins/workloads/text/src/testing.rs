//! A server with a known schedule: samples for the tests of workloads.

use tachograph_model::{
    Failure, Outcome, Request, Sample, SampleStatus, Step, Times, TokenCounts, TokenRead,
    TokenSource, WorkloadContext,
};

/// How the server answers one request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Nanoseconds to the first token.
    pub ttft_ns: u64,
    /// Nanoseconds from token to token, one token a read.
    pub gap_ns: u64,
    /// Output tokens.
    pub output: u32,
    /// Prompt tokens.
    pub prompt: u64,
    /// Prompt tokens from the cache; none when the server does not say.
    pub cached: Option<u64>,
    /// The failure instead of an answer.
    pub error: Option<Failure>,
}

/// The samples of a step whose lanes start together at `start_ns`; each lane
/// sends its requests one after another, after their delays.
pub fn samples(
    step: &Step,
    start_ns: u64,
    reply: impl Fn(&Step, &Request) -> Reply,
) -> Vec<Sample> {
    let mut free = vec![start_ns; step.concurrency.max(1) as usize];
    let mut out = Vec::new();
    for (i, request) in step.requests.iter().enumerate() {
        let lane = i % free.len();
        let sent = free[lane] + request.delay_ms * 1_000_000;
        let reply = reply(step, request);
        let sample = sample(step, request, lane, sent, &reply);
        free[lane] = sample.times.end_ns.unwrap_or(sent);
        out.push(sample);
    }
    out
}

fn sample(step: &Step, request: &Request, lane: usize, sent: u64, reply: &Reply) -> Sample {
    let first = sent + reply.ttft_ns;
    let last = first + reply.gap_ns * u64::from(reply.output.saturating_sub(1));
    let ok = reply.error.is_none();
    let when = |time: u64| ok.then_some(time);
    let reads = (0..if ok { reply.output } else { 0 }).map(|i| TokenRead {
        at_ns: reply.ttft_ns + u64::from(i) * reply.gap_ns,
        deltas: 1,
        tokens: Some(1),
    });
    Sample {
        step: step.id.clone(),
        request: request.id.clone(),
        lane: lane as u32,
        concurrency: step.concurrency,
        phase: step.phase,
        trial: step.trial,
        condition: request.condition.clone(),
        status: if ok { SampleStatus::Ok } else { SampleStatus::Failed },
        error: reply.error.clone(),
        times: Times {
            scheduled_ns: sent,
            sent_ns: Some(sent),
            headers_ns: when(first),
            first_token_ns: when(first),
            first_content_ns: when(first),
            last_token_ns: when(last),
            end_ns: Some(last),
            connect_ns: None,
            rtt_floor_ns: Some(0),
        },
        tokens: TokenCounts {
            prompt: ok.then_some(reply.prompt),
            cached: reply.cached.filter(|_| ok),
            output: ok.then_some(u64::from(reply.output)),
            reasoning: None,
            requested: request.max_tokens,
            source: ok.then_some(TokenSource::Usage),
            reference_prompt: request.reference_prompt_tokens,
            ideal_cached: request.ideal_cached_tokens,
        },
        reads: reads.collect(),
        server: None,
        finish: ok.then(|| "length".to_owned()),
        tool_calls: None,
        text_sha256: None,
        flags: Vec::new(),
    }
}

/// All samples of a plan: `next` gives its steps, `skip` the reason why the host
/// leaves one out, and `reply` the answers. Steps begin a second into the run.
pub fn drive(
    mut next: impl FnMut(Option<Outcome>) -> Option<Step>,
    skip: impl Fn(&Step) -> Option<String>,
    reply: impl Fn(&Step, &Request) -> Reply,
) -> Vec<Sample> {
    let (mut out, mut outcome) = (Vec::new(), None);
    while let Some(step) = next(outcome.take()) {
        let skipped = skip(&step);
        if skipped.is_none() {
            out.extend(samples(&step, 1_000_000_000, &reply));
        }
        outcome = Some(Outcome { step: step.id, skipped, requests: Vec::new() });
    }
    out
}

/// Moves a sample by so many nanoseconds, from its send to its end.
pub fn delay(sample: &mut Sample, by_ns: u64) {
    let times = &mut sample.times;
    for time in [
        &mut times.sent_ns,
        &mut times.headers_ns,
        &mut times.first_token_ns,
        &mut times.first_content_ns,
        &mut times.last_token_ns,
        &mut times.end_ns,
    ] {
        *time = time.map(|ns| ns + by_ns);
    }
}

/// The context of a run with the placeholder nonce: one trial, tools, no limit.
pub fn context(workload: &str, trials: u32) -> WorkloadContext {
    WorkloadContext {
        workload: workload.to_owned(),
        nonce: crate::PLACEHOLDER_NONCE.to_owned(),
        profile: tachograph_model::ProfileName::Standard,
        trials,
        warmup: 0,
        max_tokens: None,
        max_context: None,
        tools: true,
    }
}
