//! The prefix cache over a session.

use tachograph_model::Sample;

use crate::{Measured, Unmeasured};

/// ΣC ÷ ΣN_in over a session; unknown as soon as one request does not say.
pub fn hit_rate<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Measured<f64> {
    let (mut cached, mut prompt) = (0, 0);
    for sample in samples {
        prompt += sample.tokens.prompt.ok_or(Unmeasured::PromptUncounted)?;
        cached += sample.tokens.cached.ok_or(Unmeasured::CacheUnknown)?;
    }
    if prompt == 0 { Err(Unmeasured::NoSamples) } else { Ok(cached as f64 / prompt as f64) }
}

/// The hit rate of a perfect prefix cache, in reference tokens, from the plan.
pub fn ideal_hit_rate<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Measured<f64> {
    let (mut cached, mut prompt) = (0, 0);
    for sample in samples {
        prompt += sample.tokens.reference_prompt;
        cached += sample.tokens.ideal_cached;
    }
    if prompt == 0 { Err(Unmeasured::NoSamples) } else { Ok(cached as f64 / prompt as f64) }
}

/// Prompt tokens worked on ÷ those that a perfect cache would leave: 1 is
/// perfect. The ideal is the plan's share of the prompt as the server counts it.
pub fn prefill_amplification<'a>(
    samples: impl IntoIterator<Item = &'a Sample> + Clone,
) -> Measured<f64> {
    let worked = 1.0 - hit_rate(samples.clone())?;
    let needed = 1.0 - ideal_hit_rate(samples)?;
    if needed > 0.0 { Ok(worked / needed) } else { Err(Unmeasured::AllCached) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sample;

    /// Two turns: 4,096 cold, then 6,144 of which 4,096 were held.
    #[test]
    fn a_hit_rate_is_a_rate_of_sums_or_unknown() {
        let (mut a, mut b) = (sample(5, 1, 1), sample(5, 1, 1));
        (a.tokens.prompt, a.tokens.cached, a.tokens.reference_prompt) = (Some(4096), Some(0), 4096);
        (b.tokens.prompt, b.tokens.cached, b.tokens.reference_prompt) =
            (Some(6144), Some(4096), 6144);
        b.tokens.ideal_cached = 4096;
        assert_eq!(hit_rate([&a, &b]), Ok(0.4));
        assert_eq!(ideal_hit_rate([&a, &b]), Ok(0.4));
        assert_eq!(prefill_amplification([&a, &b]), Ok(1.0));
        b.tokens.cached = Some(0);
        let worse = prefill_amplification([&a, &b]).unwrap();
        assert!((worse - 10_240.0 / 6_144.0).abs() < 1e-12);
        b.tokens.cached = None;
        assert_eq!(hit_rate([&a, &b]), Err(Unmeasured::CacheUnknown), "never 0 (S4.62)");
        assert_eq!(hit_rate([]), Err(Unmeasured::NoSamples));
    }
}
