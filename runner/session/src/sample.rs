//! From what a driver said of a turn to a sample: the native arithmetic.
//!
//! The driver names frames; the host knows when each arrived. Nothing here
//! reads a clock, so a replay builds the same samples.

use tachograph_model::{
    CacheIntent, Digest, Failure, Flag, Request, Sample, SampleStatus, ServerTiming, Step, Times,
    TokenCounts, TokenRead, TokenSource, ToolCheck,
};
use tachograph_net::{Exchange, Stamp};
use tachograph_sandbox::{Channel, TurnRecord};

/// More tokens than this in one delta, on average, are not believed.
const MAX_TOKENS_PER_DELTA: u64 = 64;

/// Where a request stood in its step.
pub(crate) struct Place<'a> {
    pub step: &'a Step,
    pub request: &'a Request,
    pub lane: u32,
    /// The zero of all times of the run.
    pub origin: Stamp,
    pub rtt_floor_ns: Option<u64>,
}

/// Builds the sample of one request.
pub(crate) fn build(place: &Place<'_>, turn: &TurnRecord) -> Sample {
    let exchange = measured_exchange(turn);
    let times = times(place, turn, exchange);
    let reads = reads(turn, exchange);
    let tokens = tokens(place.request, turn);
    let error = turn.failure.clone().or_else(|| empty_answer(turn));
    let status = match &error {
        None => SampleStatus::Ok,
        Some(failure) if failure.code == "cancelled" => SampleStatus::Interrupted,
        Some(_) => SampleStatus::Failed,
    };
    let mut sample = Sample {
        step: place.step.id.clone(),
        request: place.request.id.clone(),
        lane: place.lane,
        concurrency: place.step.concurrency,
        phase: place.step.phase,
        trial: place.step.trial,
        condition: place.request.condition.clone(),
        status,
        error,
        times,
        tokens,
        reads,
        server: turn.timing.as_ref().map(believable),
        finish: turn.finish.clone(),
        tool_calls: tool_check(place.request, turn),
        text_sha256: (!turn.deltas.is_empty()).then(|| Digest::of(&text(turn))),
        flags: Vec::new(),
    };
    sample.flags = flags(place.request, turn, &sample);
    sample
}

/// The generated text, all channels in order.
pub(crate) fn text(turn: &TurnRecord) -> Vec<u8> {
    turn.deltas.iter().flat_map(|delta| delta.text.iter().copied()).collect()
}

/// Whether JSON's numbers hold a count exactly; a server that states more is not
/// believed, and must not keep a result from being sealed.
pub(crate) fn exact(count: &u64) -> bool {
    *count <= 1 << 53
}

fn believable(timing: &ServerTiming) -> ServerTiming {
    ServerTiming {
        prompt_ns: timing.prompt_ns.filter(exact),
        prompt_tokens: timing.prompt_tokens.filter(exact),
        decode_ns: timing.decode_ns.filter(exact),
        decode_gaps: timing.decode_gaps.filter(exact),
        queue_ns: timing.queue_ns.filter(exact),
        load_ns: timing.load_ns.filter(exact),
        draft_tokens: timing.draft_tokens.filter(exact),
        draft_accepted: timing.draft_accepted.filter(exact),
    }
}

/// The exchange that carried the generation: that of the first delta, or the
/// last one when nothing was generated.
fn measured_exchange(turn: &TurnRecord) -> Option<&Exchange> {
    let index = turn.deltas.first().map(|delta| delta.exchange);
    match index {
        Some(index) => turn.exchanges.get(index),
        None => turn.exchanges.last(),
    }
    .map(AsRef::as_ref)
}

/// A server that ends a turn without one token has not answered it.
fn empty_answer(turn: &TurnRecord) -> Option<Failure> {
    turn.deltas
        .is_empty()
        .then(|| Failure::new("empty-completion", "the server ended the turn without any token"))
}

fn times(place: &Place<'_>, turn: &TurnRecord, exchange: Option<&Exchange>) -> Times {
    let since_origin = |stamp: Stamp| stamp.since(place.origin);
    let arrival = |delta: Option<&tachograph_sandbox::Delta>| {
        let delta = delta?;
        Some(since_origin(turn.exchanges.get(delta.exchange)?.reads.get(delta.read)?.at))
    };
    let timing = exchange.map(|exchange| &exchange.timing);
    Times {
        scheduled_ns: timing.map_or(0, |timing| since_origin(timing.scheduled)),
        sent_ns: timing.and_then(|timing| timing.written).map(since_origin),
        headers_ns: timing.and_then(|timing| timing.headers).map(since_origin),
        first_token_ns: arrival(turn.deltas.first()),
        first_content_ns: arrival(
            turn.deltas.iter().find(|delta| delta.channel == Channel::Content),
        ),
        last_token_ns: arrival(turn.deltas.last()),
        end_ns: timing.map(|timing| since_origin(timing.end)),
        connect_ns: timing.and_then(|timing| timing.connect_ns),
        rtt_floor_ns: place.rtt_floor_ns,
    }
}

/// The token-bearing reads: deltas that the same read completed are one entry.
fn reads(turn: &TurnRecord, measured: Option<&Exchange>) -> Vec<TokenRead> {
    let Some(sent) = measured.and_then(|exchange| exchange.timing.written) else {
        return Vec::new();
    };
    let mut reads: Vec<((usize, usize), TokenRead)> = Vec::new();
    for delta in &turn.deltas {
        let place = (delta.exchange, delta.read);
        match reads.last_mut() {
            Some((last, read)) if *last == place => {
                read.deltas += 1;
                read.tokens = read.tokens.zip(delta.tokens).map(|(a, b)| a + b);
            }
            _ => {
                let at = turn.exchanges.get(delta.exchange).and_then(|e| e.reads.get(delta.read));
                let Some(read) = at else { continue };
                let at_ns = read.at.since(sent);
                reads.push((place, TokenRead { at_ns, deltas: 1, tokens: delta.tokens }));
            }
        }
    }
    reads.into_iter().map(|(_, read)| read).collect()
}

/// The best count there is: usage, timings, the frames' own, and last the chunks.
fn tokens(request: &Request, turn: &TurnRecord) -> TokenCounts {
    let mut counts = TokenCounts {
        prompt: None,
        cached: None,
        output: None,
        reasoning: None,
        requested: request.max_tokens,
        source: None,
        reference_prompt: request.reference_prompt_tokens,
        ideal_cached: request.ideal_cached_tokens,
    };
    if let Some(usage) = &turn.usage {
        counts.prompt = usage.prompt.filter(exact);
        counts.cached = usage.cached.filter(exact);
        counts.output = usage.output.filter(exact);
        counts.reasoning = usage.reasoning.filter(exact);
        counts.source = Some(usage.source);
    }
    if counts.output.is_none() && !turn.deltas.is_empty() {
        let stated: Option<u64> = turn.deltas.iter().map(|delta| delta.tokens.map(u64::from)).sum();
        counts.output = stated.or(Some(turn.deltas.len() as u64));
        counts.source =
            Some(if stated.is_some() { TokenSource::Timings } else { TokenSource::Chunks });
    }
    counts
}

fn tool_check(request: &Request, turn: &TurnRecord) -> Option<ToolCheck> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (!request.tools.is_empty()).then(|| ToolCheck {
        calls: count(turn.tool_calls.len()),
        valid_json: count(turn.tool_calls.iter().filter(|call| call.valid_json).count()),
    })
}

fn flags(request: &Request, turn: &TurnRecord, sample: &Sample) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut flag = |code: &str, message: String| flags.push(Flag::new(code, message));
    let answered = sample.status == SampleStatus::Ok;
    let counted = matches!(sample.tokens.source, Some(source) if source < TokenSource::Chunks);
    if answered && !counted {
        flag("usage-missing", "the server gave no token counts; chunks are counted".to_owned());
    }
    if let Some(output) = sample.tokens.output.filter(|_| answered && counted) {
        let deltas = turn.deltas.len() as u64;
        if output == 0 || output > deltas.saturating_mul(MAX_TOKENS_PER_DELTA) {
            let message = format!("the server counts {output} tokens in {deltas} chunks");
            flag("usage-implausible", message);
        }
        if output != u64::from(request.max_tokens) {
            let asked = request.max_tokens;
            flag("length-mismatch", format!("asked for {asked} tokens, got {output}"));
        }
    }
    if let Some(cached) = sample.tokens.cached.filter(|cached| *cached > 0)
        && request.cache == CacheIntent::Cold
    {
        flag("warm-cache", format!("{cached} tokens of a cold prompt came from a cache"));
    }
    if let Some(error) = measured_exchange(turn).and_then(|exchange| exchange.error.as_ref()) {
        flag("early-end", error.message.clone());
    }
    if answered && sample.reads.len() * 2 < turn.deltas.len() {
        let (deltas, reads) = (turn.deltas.len(), sample.reads.len());
        flag("coalesced", format!("{deltas} chunks arrived in {reads} reads"));
    }
    if turn.unattributed > 0 {
        let (unnamed, frames) = (turn.unattributed, turn.frames);
        tracing::debug!(unnamed, frames, "frames that carried no generated token");
    }
    flags
}
