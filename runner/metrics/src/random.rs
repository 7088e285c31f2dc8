//! A small seeded generator, the same on every machine.

/// SplitMix64: small, fast, and the same numbers everywhere. Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator from a number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator from a text, for example the run's nonce (FNV-1a).
    pub fn from_text(text: &str) -> Self {
        let start = 0xcbf2_9ce4_8422_2325_u64;
        Self(text.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at most 2³²; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // 32 bits are enough for every list here, and cheap in a guest.
        (((self.next_u64() >> 32) * bound as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published first outputs of SplitMix64 from seed 1234567.
    #[test]
    fn known_answers() {
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn bounded_numbers_reach_every_value() {
        let mut random = Random::from_text("quiet harbour");
        let mut seen = [false; 7];
        (0..500).for_each(|_| seen[random.below(7)] = true);
        assert_eq!(seen, [true; 7]);
    }
}
