//! Doubts that a sample raises by itself.

use tachograph_model::{Flag, Sample, SampleStatus, TokenSource};

use crate::{decode::total_deltas, is_coalesced};

/// Above this many tokens a delta, a server's count is not believed.
const MOST_TOKENS_A_DELTA: u64 = 64;

/// The doubts about one sample. `exact` says whether the request asked for an
/// exact length. A failed request raises none: its error says enough.
///
/// | code | raised when |
/// |---|---|
/// | `length-mismatch` | an exact length was asked for and another came |
/// | `warm-cache` | a prompt that is cold by plan had cached tokens |
/// | `usage-missing` | neither usage, timings nor the server's tokenizer counted |
/// | `usage-implausible` | the count does not fit what was seen on the wire |
/// | `coalesced` | the tokens were held back and came at once, see [`is_coalesced`] |
pub fn of_sample(sample: &Sample, exact: bool) -> Vec<Flag> {
    if sample.status != SampleStatus::Ok {
        return Vec::new();
    }
    let mut flags = Vec::new();
    let tokens = &sample.tokens;
    if let (true, Some(output)) = (exact, tokens.output)
        && output != u64::from(tokens.requested)
    {
        let asked = tokens.requested;
        flags.push(Flag::new("length-mismatch", format!("{asked} tokens asked, {output} came")));
    }
    if let (0, Some(cached @ 1..)) = (tokens.ideal_cached, tokens.cached) {
        let message = format!("a cold prompt had {cached} cached token(s)");
        flags.push(Flag::new("warm-cache", message));
    }
    if tokens.output.is_none() || !tokens.source.is_some_and(ranks) {
        let message = "the server counted no tokens, so the rates do not rank";
        flags.push(Flag::new("usage-missing", message));
    }
    if let Some(message) = implausible(sample) {
        flags.push(Flag::new("usage-implausible", message));
    }
    if is_coalesced(sample) {
        let (n, reads) = (tokens.output.unwrap_or(0), sample.reads.len());
        flags.push(Flag::new("coalesced", format!("{n} tokens came in {reads} read(s)")));
    }
    flags
}

/// Whether counts of this source may rank.
pub fn ranks(source: TokenSource) -> bool {
    matches!(source, TokenSource::Usage | TokenSource::Timings | TokenSource::Tokenizer)
}

/// What speaks against the server's output count.
fn implausible(sample: &Sample) -> Option<String> {
    let output = sample.tokens.output?;
    if sample.tokens.source == Some(TokenSource::Chunks) {
        return None;
    }
    let deltas = total_deltas(sample);
    let stated: Option<u64> = sample.reads.iter().map(|r| r.tokens.map(u64::from)).sum();
    if let Some(stated) = stated.filter(|&stated| stated > output) {
        return Some(format!("{stated} tokens were streamed, but {output} are in the usage"));
    }
    // A delta may be half a token (a split character), hardly less.
    if output.saturating_mul(2) < deltas {
        return Some(format!("{deltas} deltas came, but {output} tokens are in the usage"));
    }
    if !is_coalesced(sample) && deltas > 0 && output > deltas * MOST_TOKENS_A_DELTA {
        return Some(format!("{output} tokens are in the usage, but {deltas} deltas came"));
    }
    if let Some(reasoning) = sample.tokens.reasoning.filter(|&r| r > output) {
        return Some(format!("{reasoning} reasoning tokens are more than {output} output tokens"));
    }
    let prompt = sample.tokens.prompt?;
    let cached = sample.tokens.cached.filter(|&cached| cached > prompt)?;
    Some(format!("{cached} cached tokens are more than {prompt} prompt tokens"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sample;

    fn codes(sample: &Sample) -> Vec<String> {
        of_sample(sample, true).into_iter().map(|f| f.code).collect()
    }

    #[test]
    fn a_clean_sample_has_no_flag() {
        assert_eq!(codes(&sample(256, 31_000_000, 10_000_000)), [""; 0]);
    }

    #[test]
    fn each_doubt_has_its_code() {
        let clean = sample(256, 31_000_000, 10_000_000);
        let with = |change: fn(&mut Sample)| {
            let mut s = clean.clone();
            change(&mut s);
            codes(&s)
        };
        assert_eq!(with(|s| s.tokens.requested = 300), ["length-mismatch"]);
        assert_eq!(with(|s| s.tokens.cached = Some(1)), ["warm-cache"]);
        assert_eq!(with(|s| s.tokens.source = Some(TokenSource::Chunks)), ["usage-missing"]);
        assert_eq!(with(|s| s.tokens.cached = Some(129)), ["warm-cache", "usage-implausible"]);
        assert_eq!(with(|s| s.tokens.reasoning = Some(257)), ["usage-implausible"]);
        assert_eq!(with(|s| s.reads.truncate(2)), ["coalesced"]);
        assert_eq!(with(|s| s.reads.truncate(3)), ["usage-implausible"], "85 tokens a delta");
        assert_eq!(
            with(|s| (s.tokens.output, s.tokens.requested) = (Some(100), 100)),
            ["usage-implausible"]
        );
        assert_eq!(with(|s| s.status = SampleStatus::Failed), [""; 0]);
    }

    #[test]
    fn reuse_may_be_cached_and_free_length_may_differ() {
        let mut s = sample(256, 31_000_000, 10_000_000);
        (s.tokens.cached, s.tokens.ideal_cached, s.tokens.requested) = (Some(100), 100, 512);
        assert_eq!(of_sample(&s, false), []);
    }
}
