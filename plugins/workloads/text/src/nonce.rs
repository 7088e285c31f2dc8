//! Words that make a cold prompt new.

use tachograph_metrics::Random;

use crate::words::NONCE;

/// The words that stand in for the nonce where a plan's digest is computed; as
/// long as every nonce, so that nothing else in the plan moves.
pub const PLACEHOLDER_NONCE: &str = "amber anchor apple arch arrow ash atlas autumn";

/// Eight words from some fresh bytes: the nonce of a run. Each is one reference
/// token, so prompts keep their length whatever the nonce.
pub fn nonce(bytes: &[u8]) -> String {
    let mix = |state: u64, byte: &u8| {
        Random::new(state ^ u64::from(*byte).wrapping_mul(0x0100_0000_01b3)).next_u64()
    };
    let mut random = Random::new(bytes.iter().fold(bytes.len() as u64, mix));
    let words: Vec<&str> = (0..8).map(|_| NONCE[random.below(NONCE.len())]).collect();
    words.join(" ")
}

/// The first line of a cold prompt: three words that only this prompt of the
/// session has, then the run's nonce. Two prompts of a run differ in the first
/// three tokens, two runs in the fifth.
pub fn cold_opening(key: &str, nonce: &str) -> String {
    let mut random = Random::from_text(key);
    random.next_u64();
    let [a, b, c] = [(); 3].map(|()| NONCE[random.below(NONCE.len())]);
    let mut first = a.to_owned();
    first[..1].make_ascii_uppercase();
    format!("{first} {b} {c}: {nonce}.\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_eight_words_and_differ() {
        let (a, b) = (nonce(b"run a"), nonce(b"run b"));
        assert_ne!(a, b);
        for text in [&a, &b, &PLACEHOLDER_NONCE.to_owned()] {
            assert_eq!(text.split(' ').count(), 8);
            assert_eq!(crate::count(&format!(" {text}")), 8);
        }
    }

    #[test]
    fn two_prompts_differ_in_their_first_words() {
        let a = cold_opening("1/chat-short/trial-0/r0", PLACEHOLDER_NONCE);
        let b = cold_opening("1/chat-short/trial-1/r0", PLACEHOLDER_NONCE);
        assert_ne!(a.split(':').next(), b.split(':').next());
    }
}
