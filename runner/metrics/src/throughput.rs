//! Many streams at once.

use tachograph_model::{Sample, SampleStatus};

use crate::{Measured, Nanos, Share, TokensPerSecond, Unmeasured, decode_share, e2e};

/// The output of one step: ΣN_out of the requests that were answered, over the
/// time from the first send to the last token. Failed requests add nothing.
pub fn aggregate_share<'a>(step: impl IntoIterator<Item = &'a Sample> + Clone) -> Measured<Share> {
    let done = || step.clone().into_iter().filter(|s| s.status == SampleStatus::Ok);
    let start = done().filter_map(|s| s.times.sent_ns).min().ok_or(Unmeasured::NoSamples)?;
    let end = done().filter_map(|s| s.times.last_token_ns).max().ok_or(Unmeasured::NoToken)?;
    let mut tokens = 0;
    for sample in done() {
        tokens += sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
    }
    let time = Nanos::between(start, end).ok_or(Unmeasured::OutOfOrder)?;
    if time.0 == 0 { Err(Unmeasured::OutOfOrder) } else { Ok(Share { tokens, time }) }
}

/// What one stream gets: its decode rate, and N_out ÷ E2E.
pub fn stream_rate(sample: &Sample) -> (Measured<TokensPerSecond>, Measured<TokensPerSecond>) {
    let decode = decode_share(sample).and_then(|s| s.rate().ok_or(Unmeasured::NoDecodeToken));
    let whole = e2e(sample).and_then(|time| {
        let tokens = sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
        Share { tokens, time }.rate().ok_or(Unmeasured::OutOfOrder)
    });
    (decode, whole)
}

/// tok/s(n) ÷ (n · tok/s(1)): 1 where `streams` streams are `streams` times as
/// fast as one.
pub fn efficiency(
    streams: u32,
    together: TokensPerSecond,
    alone: TokensPerSecond,
) -> Measured<f64> {
    if streams == 0 || alone.0 <= 0.0 {
        return Err(Unmeasured::Other("one stream alone was not measured".into()));
    }
    Ok(together.0 / (f64::from(streams) * alone.0))
}

/// The most requests that were under way at once.
pub fn peak_in_flight<'a>(step: impl IntoIterator<Item = &'a Sample>) -> u32 {
    let mut edges = Vec::new();
    for sample in step {
        if let (Some(start), Some(end)) = (sample.times.sent_ns, sample.times.end_ns) {
            edges.push((start, 1));
            edges.push((end, -1));
        }
    }
    // At the same instant an end goes first: touching requests do not overlap.
    edges.sort_unstable();
    let (mut now, mut peak) = (0i32, 0i32);
    for (_, change) in edges {
        now += change;
        peak = peak.max(now);
    }
    peak.unsigned_abs()
}

/// The wall time of one step: from its first send to its last byte.
pub fn step_wall<'a>(step: impl IntoIterator<Item = &'a Sample>) -> Measured<Nanos> {
    let (mut first, mut last) = (None::<u64>, None::<u64>);
    for sample in step {
        let start = sample.times.sent_ns.or(Some(sample.times.scheduled_ns));
        first = [first, start].into_iter().flatten().min();
        last = last.max(sample.times.end_ns).max(sample.times.last_token_ns);
    }
    let (first, last) = (first.ok_or(Unmeasured::NoSamples)?, last.ok_or(Unmeasured::NoToken)?);
    Nanos::between(first, last).ok_or(Unmeasured::OutOfOrder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sample;

    /// Two streams of 101 tokens, 10 ms a token, first token after 100 ms; the
    /// second starts 100 ms later: 202 tokens in 1.2 s.
    #[test]
    fn aggregate_is_the_sum_over_the_common_window() {
        let (a, mut b) =
            (sample(101, 100_000_000, 10_000_000), sample(101, 100_000_000, 10_000_000));
        for time in [&mut b.times.sent_ns, &mut b.times.last_token_ns, &mut b.times.end_ns] {
            *time = time.map(|t| t + 100_000_000);
        }
        let share = aggregate_share([&a, &b]).unwrap();
        assert_eq!((share.tokens, share.time), (202, Nanos(1_200_000_000)));
        assert_eq!(peak_in_flight([&a, &b]), 2);
        assert_eq!(step_wall([&a, &b]), Ok(Nanos(1_200_100_000)));
        b.status = SampleStatus::Failed;
        assert_eq!(aggregate_share([&a, &b]).unwrap().tokens, 101, "failed adds nothing");
    }

    #[test]
    fn requests_that_only_touch_do_not_overlap() {
        let (a, mut b) = (sample(5, 1000, 1000), sample(5, 1000, 1000));
        b.times.sent_ns = a.times.end_ns;
        b.times.end_ns = b.times.sent_ns.map(|t| t + 5);
        assert_eq!(peak_in_flight([&a, &b]), 1);
    }

    #[test]
    fn efficiency_is_one_for_perfect_scaling() {
        let rate = TokensPerSecond;
        assert_eq!(efficiency(4, rate(400.0), rate(100.0)), Ok(1.0));
        assert_eq!(efficiency(16, rate(400.0), rate(100.0)), Ok(0.25));
        assert!(efficiency(4, rate(400.0), rate(0.0)).is_err());
    }
}
