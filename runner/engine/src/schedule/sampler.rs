//! The choice of the next token.

use super::request::Limits;
use crate::model::split_mix;
use crate::text::{Special, Tokenizer};

/// Picks tokens for one answer.
#[derive(Debug)]
pub(crate) struct Sampler {
    limits: Limits,
    tokenizer: Tokenizer,
    state: u64,
}

impl Sampler {
    pub(crate) fn new(limits: Limits, tokenizer: Tokenizer) -> Self {
        Self { limits, tokenizer, state: limits.seed }
    }

    /// Returns the next token, given that `generated` tokens came before it.
    ///
    /// The lowest id wins a tie.
    pub(crate) fn pick(&mut self, logits: &[f32], generated: usize) -> u32 {
        let may_end = !self.limits.ignore_eos && generated >= self.limits.min_tokens;
        let end = Special::End.id();
        let allowed = |id: u32| self.tokenizer.is_text(id) || (may_end && id == end);
        let mut best = (f32::NEG_INFINITY, end);
        for (id, &logit) in (0u32..).zip(logits) {
            if logit > best.0 && allowed(id) {
                best = (logit, id);
            }
        }
        if self.limits.temperature <= 0.0 {
            return best.1;
        }
        let scale = 1.0 / f64::from(self.limits.temperature);
        let weight = |id: u32, logit: f32| match allowed(id) {
            true => (f64::from(logit - best.0) * scale).exp(),
            false => 0.0,
        };
        let total: f64 = (0u32..).zip(logits).map(|(id, &logit)| weight(id, logit)).sum();
        let unit = (split_mix(&mut self.state) >> 11) as f64 / (1u64 << 53) as f64;
        let mut left = unit * total;
        for (id, &logit) in (0u32..).zip(logits) {
            let weight = weight(id, logit);
            if weight > 0.0 {
                left -= weight;
                if left < 0.0 {
                    return id;
                }
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_tokens: 8,
        min_tokens: 2,
        ignore_eos: false,
        temperature: 0.0,
        seed: 1,
        cache_prompt: true,
    };

    fn sampler(limits: Limits) -> Sampler {
        Sampler::new(limits, Tokenizer::new(64))
    }

    #[test]
    fn the_end_waits_for_the_minimum_and_roles_never_come() {
        let mut logits = vec![0.0; 64];
        logits[Special::User.id() as usize] = 9.0;
        logits[Special::End.id() as usize] = 5.0;
        logits[40] = 4.0;
        logits[41] = 4.0;
        assert_eq!(sampler(LIMITS).pick(&logits, 1), 40);
        assert_eq!(sampler(LIMITS).pick(&logits, 2), Special::End.id());
        let ignore = Limits { ignore_eos: true, ..LIMITS };
        assert_eq!(sampler(ignore).pick(&logits, 7), 40);
    }

    #[test]
    fn sampling_repeats_with_its_seed_and_follows_the_weights() {
        let mut logits = vec![-30.0; 64];
        logits[20] = 1.0;
        logits[30] = 1.0 + std::f32::consts::LN_2;
        let picks = |seed| {
            let mut sampler =
                sampler(Limits { temperature: 1.0, seed, ignore_eos: true, ..LIMITS });
            (0..3000).map(|_| sampler.pick(&logits, 0)).collect::<Vec<_>>()
        };
        assert_eq!(picks(7), picks(7));
        assert_ne!(picks(7), picks(8));
        let share = picks(7).iter().filter(|&&id| id == 30).count();
        assert!((1900..2100).contains(&share), "{share}");
    }
}
