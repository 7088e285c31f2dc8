//! Samples with a known schedule, for the tests of this crate.

use tachograph_model::{Phase, Sample, SampleStatus, Times, TokenCounts, TokenRead, TokenSource};

/// One answered request: `tokens` reads of one token each, the first `ttft`
/// after sending, then one every `gap` nanoseconds; sent at 1 s.
pub(crate) fn sample(tokens: u32, ttft: u64, gap: u64) -> Sample {
    let sent = 1_000_000_000;
    let last = sent + ttft + gap * u64::from(tokens.saturating_sub(1));
    Sample {
        step: "trial-1".into(),
        request: "r0".into(),
        lane: 0,
        concurrency: 1,
        phase: Phase::Measure,
        trial: 0,
        condition: Default::default(),
        status: SampleStatus::Ok,
        error: None,
        times: Times {
            scheduled_ns: sent,
            sent_ns: Some(sent),
            headers_ns: Some(sent + 1_000_000),
            first_token_ns: Some(sent + ttft),
            first_content_ns: Some(sent + ttft),
            last_token_ns: Some(last),
            end_ns: Some(last + 100_000),
            connect_ns: Some(200_000),
            rtt_floor_ns: Some(50_000),
        },
        tokens: TokenCounts {
            prompt: Some(128),
            cached: Some(0),
            output: Some(u64::from(tokens)),
            reasoning: None,
            requested: tokens,
            source: Some(TokenSource::Usage),
            reference_prompt: 128,
            ideal_cached: 0,
        },
        reads: (0..u64::from(tokens))
            .map(|i| TokenRead { at_ns: ttft + i * gap, deltas: 1, tokens: Some(1) })
            .collect(),
        server: None,
        finish: Some("length".into()),
        tool_calls: None,
        text_sha256: None,
        flags: Vec::new(),
    }
}
