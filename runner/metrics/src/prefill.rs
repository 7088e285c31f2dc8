//! Prefill: the work on the prompt.

use tachograph_model::{MetricSource, Sample};

use crate::{Measured, Nanos, Share, Unmeasured, ttft};

/// The prefill as the server states it: uncached prompt tokens and their time.
pub fn server_prefill_share(sample: &Sample) -> Measured<Share> {
    let timing = sample.server.as_ref().ok_or(Unmeasured::NoServerTiming)?;
    match (timing.prompt_tokens, timing.prompt_ns) {
        (Some(tokens), Some(ns)) if tokens > 0 && ns > 0 => Ok(Share { tokens, time: Nanos(ns) }),
        _ => Err(Unmeasured::NoServerTiming),
    }
}

/// The prefill by the host's clock: (N_in − C) over (TTFT − round-trip floor).
///
/// A server that does not report cached tokens counts as having none only for
/// a prompt that is cold by plan. Without a round-trip floor the whole TTFT
/// counts, which can only make the rate lower.
pub fn client_prefill_share(sample: &Sample) -> Measured<Share> {
    let prompt = sample.tokens.prompt.ok_or(Unmeasured::PromptUncounted)?;
    let cached = match sample.tokens.cached {
        Some(cached) => cached,
        None if sample.tokens.ideal_cached == 0 => 0,
        None => return Err(Unmeasured::CacheUnknown),
    };
    let tokens = prompt.saturating_sub(cached);
    if tokens == 0 {
        return Err(Unmeasured::AllCached);
    }
    let floor = sample.times.rtt_floor_ns.unwrap_or(0);
    let time = Nanos::between(floor, ttft(sample)?.0).ok_or(Unmeasured::WithinRoundTrip)?;
    if time.0 == 0 {
        return Err(Unmeasured::WithinRoundTrip);
    }
    Ok(Share { tokens, time })
}

/// The prefill by the best clock there is, and whose clock that was: the
/// server's own where it states one, because TTFT also holds the queue, the
/// template, the tokenizer and the first sampling.
pub fn prefill_share(sample: &Sample) -> (Measured<Share>, MetricSource) {
    match server_prefill_share(sample) {
        Ok(share) => (Ok(share), MetricSource::Server),
        Err(_) => (client_prefill_share(sample), MetricSource::Client),
    }
}

#[cfg(test)]
mod tests {
    use tachograph_model::ServerTiming;

    use super::*;
    use crate::fixture::sample;

    /// 128 tokens, TTFT 142.3 ms: 899.5 tok/s by TTFT, however fast the server
    /// says that it was: 15.2 ms for 128 tokens are 8421 tok/s (S4.66).
    #[test]
    fn two_clocks_give_two_rates_and_the_source_is_said() {
        let mut s = sample(256, 142_300_000, 10_000_000);
        s.times.rtt_floor_ns = None;
        let (share, source) = prefill_share(&s);
        assert_eq!(source, MetricSource::Client);
        assert!((share.unwrap().rate().unwrap().0 - 899.5).abs() < 0.05);
        s.server = Some(ServerTiming {
            prompt_ns: Some(15_200_000),
            prompt_tokens: Some(128),
            ..ServerTiming::default()
        });
        let (share, source) = prefill_share(&s);
        assert_eq!(source, MetricSource::Server);
        assert!((share.unwrap().rate().unwrap().0 - 8421.05).abs() < 0.01);
    }

    #[test]
    fn cached_tokens_were_not_worked_on() {
        let mut s = sample(5, 100_050_000, 1);
        (s.tokens.prompt, s.tokens.cached) = (Some(6144), Some(4096));
        let share = client_prefill_share(&s).unwrap();
        assert_eq!((share.tokens, share.time), (2048, Nanos(100_000_000)));
        s.tokens.cached = Some(6144);
        assert_eq!(client_prefill_share(&s), Err(Unmeasured::AllCached));
        (s.tokens.cached, s.tokens.ideal_cached) = (None, 4096);
        assert_eq!(client_prefill_share(&s), Err(Unmeasured::CacheUnknown));
        s.tokens.ideal_cached = 0;
        assert_eq!(client_prefill_share(&s).unwrap().tokens, 6144, "cold by plan");
    }
}
