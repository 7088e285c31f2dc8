//! Decode: what happens after the first read.

use tachograph_model::Sample;

use crate::{Measured, Nanos, Share, Unmeasured, latency::answered};

/// How the tokens of a read became known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountBasis {
    /// The server's frames say so.
    Stated,
    /// As many deltas came as the server counted tokens, so a delta is a token.
    Inferred,
    /// In proportion to the deltas; at least one.
    Proportional,
}

/// The tokens that arrived with the first read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstRead {
    /// Tokens in the first token-bearing read.
    pub tokens: u64,
    /// How that is known.
    pub basis: CountBasis,
}

/// The tokens of the first read. They came with prefill, so neither TPOT nor
/// the decode rate counts them.
///
/// Where the frames do not say, a delta is taken for a token if the deltas are
/// as many as the tokens (one less when the model stopped by itself: the end
/// token has no text); otherwise the output is spread over the deltas in
/// proportion and rounded, one token at least.
pub fn first_read(sample: &Sample) -> Measured<FirstRead> {
    let output = sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
    let first = sample.reads.first().ok_or(Unmeasured::NoToken)?;
    if let Some(tokens) = first.tokens {
        return Ok(FirstRead { tokens: u64::from(tokens), basis: CountBasis::Stated });
    }
    if one_delta_is_one_token(sample) {
        return Ok(FirstRead { tokens: u64::from(first.deltas), basis: CountBasis::Inferred });
    }
    let deltas = total_deltas(sample).max(1) as f64;
    let share = (output as f64 * f64::from(first.deltas) / deltas).round() as u64;
    Ok(FirstRead { tokens: share.clamp(1, output.max(1)), basis: CountBasis::Proportional })
}

/// Reads over which a stream whose deltas were held back may be spread.
const FEW_READS: usize = 8;
/// Deltas a read from which on so few reads are taken for a stream held back.
const CROWDED: u64 = 8;

/// Whether the output was held back and came at once, so that its decode time
/// was not seen: in one or two reads, or in at most eight with eight deltas or
/// more in each on average. A server that sends few large deltas is not meant:
/// its reads are as many as its deltas. Outputs under 8 tokens are too short to
/// tell.
pub fn is_coalesced(sample: &Sample) -> bool {
    let reads = sample.reads.len();
    let crowded = reads <= FEW_READS && total_deltas(sample) >= CROWDED * reads as u64;
    matches!(sample.tokens.output, Some(n) if n >= 8) && reads > 0 && (reads <= 2 || crowded)
}

/// The decode phase of one request: output tokens after the first read, and
/// the time from the first to the last token-bearing read.
///
/// The rate of many requests is the sum of these shares: Σ(N_out − tokens in
/// the first read) ÷ Σ(t_last − t_1), which is Σ(N_out − 1) ÷ Σ(t_last − t_1)
/// where every first read has one token. By the host's clock.
pub fn decode_share(sample: &Sample) -> Measured<Share> {
    answered(sample)?;
    let output = sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
    if is_coalesced(sample) {
        return Err(Unmeasured::Starved { tokens: output, reads: sample.reads.len() });
    }
    let first = first_read(sample)?;
    let tokens = output.saturating_sub(first.tokens);
    if tokens < 1 {
        return Err(Unmeasured::NoDecodeToken);
    }
    let start = sample.times.first_token_ns.ok_or(Unmeasured::NoToken)?;
    let end = sample.times.last_token_ns.ok_or(Unmeasured::NoToken)?;
    let time = Nanos::between(start, end).ok_or(Unmeasured::OutOfOrder)?;
    if time.0 == 0 {
        return Err(Unmeasured::Starved { tokens: output, reads: sample.reads.len() });
    }
    Ok(Share { tokens, time })
}

/// TPOT: (t_last − t_1) ÷ (N_out − tokens in the first read), in nanoseconds.
pub fn tpot(sample: &Sample) -> Measured<Nanos> {
    let share = decode_share(sample)?;
    Ok(Nanos((share.time.0 as f64 / share.tokens as f64).round() as u64))
}

/// The decode phase as the server states it: its gaps and their time.
pub fn server_decode_share(sample: &Sample) -> Measured<Share> {
    let timing = sample.server.as_ref().ok_or(Unmeasured::NoServerTiming)?;
    match (timing.decode_gaps, timing.decode_ns) {
        (Some(tokens), Some(ns)) if tokens > 0 && ns > 0 => Ok(Share { tokens, time: Nanos(ns) }),
        _ => Err(Unmeasured::NoServerTiming),
    }
}

pub(crate) fn total_deltas(sample: &Sample) -> u64 {
    sample.reads.iter().map(|read| u64::from(read.deltas)).sum()
}

/// Whether the deltas of a sample are its tokens, one each.
pub(crate) fn one_delta_is_one_token(sample: &Sample) -> bool {
    let Some(output) = sample.tokens.output else { return false };
    let deltas = total_deltas(sample);
    let stopped = sample.finish.as_deref() == Some("stop");
    deltas > 0 && (deltas == output || (stopped && deltas + 1 == output))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::sample;

    /// By hand: 256 tokens, the first at 31 ms, one each 10 ms; 255 gaps take
    /// 2.55 s, so TPOT is 10 ms and the rate 100 tok/s.
    #[test]
    fn tpot_leaves_the_first_token_out() {
        let s = sample(256, 31_000_000, 10_000_000);
        assert_eq!(tpot(&s), Ok(Nanos(10_000_000)));
        let share = decode_share(&s).unwrap();
        assert_eq!((share.tokens, share.time), (255, Nanos(2_550_000_000)));
        assert!((share.rate().unwrap().0 - 100.0).abs() < 1e-9);
    }

    /// Four tokens come with the first read: only 252 were decoded in view.
    #[test]
    fn a_first_read_of_many_tokens_is_no_decode() {
        let mut s = sample(253, 31_000_000, 10_000_000);
        s.tokens.output = Some(256);
        s.reads[0].tokens = Some(4);
        let share = decode_share(&s).unwrap();
        assert_eq!((share.tokens, share.time), (252, Nanos(2_520_000_000)));
        assert_eq!(tpot(&s), Ok(Nanos(10_000_000)));
    }

    #[test]
    fn deltas_stand_for_tokens_only_when_they_are_as_many() {
        let mut s = sample(10, 1_000_000, 1_000_000);
        s.reads.iter_mut().for_each(|r| r.tokens = None);
        assert_eq!(first_read(&s), Ok(FirstRead { tokens: 1, basis: CountBasis::Inferred }));
        s.tokens.output = Some(11);
        assert_eq!(first_read(&s).unwrap().basis, CountBasis::Proportional);
        s.finish = Some("stop".into());
        assert_eq!(
            first_read(&s).unwrap().basis,
            CountBasis::Inferred,
            "the end token has no text"
        );
        s.tokens.output = Some(40);
        assert_eq!(first_read(&s), Ok(FirstRead { tokens: 4, basis: CountBasis::Proportional }));
    }

    #[test]
    fn output_in_one_or_two_reads_has_no_decode_rate() {
        let mut s = sample(256, 31_000_000, 10_000_000);
        s.reads.truncate(2);
        assert!(is_coalesced(&s));
        let why = decode_share(&s).unwrap_err();
        assert_eq!(why, Unmeasured::Starved { tokens: 256, reads: 2 });
        assert!(why.to_string().starts_with("starved: "));
    }

    #[test]
    fn a_stream_held_back_is_not_one_of_few_large_deltas() {
        let mut s = sample(256, 31_000_000, 10_000_000);
        s.reads.truncate(3);
        s.reads.iter_mut().for_each(|read| (read.deltas, read.tokens) = (85, Some(85)));
        assert!(is_coalesced(&s), "255 deltas in 3 reads");
        s.reads.iter_mut().for_each(|read| read.deltas = 1);
        assert!(!is_coalesced(&s), "3 deltas of 85 tokens");
    }

    #[test]
    fn one_token_has_no_tpot() {
        assert_eq!(tpot(&sample(1, 31_000_000, 0)), Err(Unmeasured::NoDecodeToken));
        let mut s = sample(9, 1, 1);
        s.tokens.output = None;
        assert_eq!(tpot(&s), Err(Unmeasured::OutputUncounted));
    }

    proptest! {
        /// TPOT is the gap, whatever the TTFT, when tokens come evenly.
        #[test]
        fn tpot_of_even_tokens_is_the_gap(n in 3u32..600, ttft in 0u64..10_000_000_000, gap in 1u64..100_000_000) {
            prop_assert_eq!(tpot(&sample(n, ttft, gap)), Ok(Nanos(gap)));
        }

        /// The rate of sums lies between the least and the greatest rate.
        #[test]
        fn a_rate_of_sums_lies_between_the_rates(gaps in prop::collection::vec(1u64..50_000_000, 1..8), n in 3u32..200) {
            let shares: Vec<_> = gaps.iter().map(|&g| decode_share(&sample(n, 1, g)).unwrap()).collect();
            let rates: Vec<_> = shares.iter().map(|s| s.rate().unwrap().0).collect();
            let total = shares.into_iter().reduce(|a, b| a + b).unwrap().rate().unwrap().0;
            let low = rates.iter().copied().fold(f64::MAX, f64::min);
            let high = rates.iter().copied().fold(0.0, f64::max);
            prop_assert!(total >= low * (1.0 - 1e-9) && total <= high * (1.0 + 1e-9));
        }
    }
}
