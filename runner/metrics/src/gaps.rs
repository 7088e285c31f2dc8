//! Gaps between reads, and between tokens.

use tachograph_model::Sample;

use crate::{Measured, Nanos, Unmeasured, decode::one_delta_is_one_token, latency::answered};

/// The gap before a token-bearing read, and what that read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Time since the read before it.
    pub time: Nanos,
    /// Tokens in the read, when they are known.
    pub tokens: Option<u32>,
}

/// ICL: the gaps between token-bearing reads. A read is not a token:
/// speculation and coalescing put several into one.
pub fn icl(sample: &Sample) -> Measured<Vec<Gap>> {
    answered(sample)?;
    let inferred = one_delta_is_one_token(sample);
    sample
        .reads
        .windows(2)
        .map(|pair| {
            let time =
                Nanos::between(pair[0].at_ns, pair[1].at_ns).ok_or(Unmeasured::OutOfOrder)?;
            Ok(Gap { time, tokens: pair[1].tokens.or(inferred.then_some(pair[1].deltas)) })
        })
        .collect()
}

/// ITL: each gap spread evenly over the tokens of its read, in nanoseconds.
///
/// Only where the tokens of every read are known; the median of plain gaps is
/// not the inverse of the decode rate.
pub fn itl(sample: &Sample) -> Measured<Vec<f64>> {
    if crate::is_coalesced(sample) {
        let tokens = sample.tokens.output.unwrap_or(0);
        return Err(Unmeasured::Starved { tokens, reads: sample.reads.len() });
    }
    let mut latencies = Vec::with_capacity(sample.reads.len());
    for gap in icl(sample)? {
        let tokens = gap.tokens.ok_or(Unmeasured::ReadsUncounted)?;
        let each = gap.time.0 as f64 / f64::from(tokens.max(1));
        latencies.extend(std::iter::repeat_n(each, tokens as usize));
    }
    if latencies.is_empty() { Err(Unmeasured::NoDecodeToken) } else { Ok(latencies) }
}

/// Output tokens per token-bearing read: 1 where each token has its own read.
pub fn tokens_per_read(sample: &Sample) -> Measured<f64> {
    let output = sample.tokens.output.ok_or(Unmeasured::OutputUncounted)?;
    if sample.reads.is_empty() {
        return Err(Unmeasured::NoToken);
    }
    Ok(output as f64 / sample.reads.len() as f64)
}

#[cfg(test)]
mod tests {
    use tachograph_model::TokenRead;

    use super::*;
    use crate::fixture::sample;

    /// Reads at 10, 40 and 60 ms with 1, 3 and 2 tokens: the gaps are 30 and
    /// 20 ms, and the tokens took 10, 10, 10, 10 and 10 ms.
    #[test]
    fn gaps_are_spread_over_their_tokens() {
        let mut s = sample(3, 10_000_000, 1);
        let read = |at_ns, n| TokenRead { at_ns, deltas: 1, tokens: Some(n) };
        s.reads = vec![read(10_000_000, 1), read(40_000_000, 3), read(60_000_000, 2)];
        s.tokens.output = Some(6);
        let gaps: Vec<_> = icl(&s).unwrap().iter().map(|g| g.time.0).collect();
        assert_eq!(gaps, [30_000_000, 20_000_000]);
        assert_eq!(itl(&s).unwrap(), [10_000_000.0; 5]);
        assert_eq!(tokens_per_read(&s), Ok(2.0));
    }

    #[test]
    fn unknown_tokens_give_no_token_latency() {
        let mut s = sample(10, 10_000_000, 1_000_000);
        s.reads.iter_mut().for_each(|r| r.tokens = None);
        assert_eq!(itl(&s).unwrap().len(), 9, "ten deltas, ten tokens: inferred");
        s.tokens.output = Some(25);
        assert_eq!(itl(&s), Err(Unmeasured::ReadsUncounted));
        assert_eq!(icl(&s).unwrap().len(), 9, "the gaps stay");
        assert_eq!(tokens_per_read(&s), Ok(2.5));
    }
}
