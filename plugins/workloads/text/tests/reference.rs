//! Holds the counts of this crate against the reference tokenizer.

use tachograph_workload_text::{
    Kind, Language, PLACEHOLDER_NONCE, Random, cold_opening, count, nonce, text,
};

const KINDS: [Kind; 9] = [
    Kind::Prose,
    Kind::Code(Language::Python),
    Kind::Code(Language::Rust),
    Kind::ServerLog,
    Kind::TestLog { failing: true },
    Kind::TestLog { failing: false },
    Kind::Mixed,
    Kind::Guide,
    Kind::Diff,
];

fn reference(text: &str) -> u64 {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len() as u64
}

/// Every kind, in many lengths and from seeds that the table was not made with.
#[test]
fn lengths_are_exact_by_the_reference_tokenizer() {
    let mut wrong = Vec::new();
    for kind in KINDS {
        for (seed, tokens) in (1..).zip([60, 61, 97, 128, 500, 1024, 1888, 4096, 9001]) {
            for round in 0..8 {
                let text = text(kind, tokens, &mut Random::new(seed * 1_000_003 + round));
                assert_eq!(count(&text), tokens, "{kind:?} {tokens}: the text is as asked");
                let got = reference(&text);
                if got != tokens {
                    wrong.push(format!("{kind:?} {tokens}: {got}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} texts: {wrong:?}", wrong.len(), 9 * 9 * 8);
}

#[test]
fn a_nonce_has_eight_tokens_whatever_the_run() {
    for run in 0..2000_u32 {
        let words = nonce(&run.to_le_bytes());
        assert_eq!(reference(&format!(" {words}")), 8, "{words}");
        let opening = cold_opening(&run.to_string(), &words);
        assert_eq!(reference(&opening), count(&opening), "{opening}");
    }
    assert_eq!(reference(&format!(" {PLACEHOLDER_NONCE}")), 8);
}

/// No lorem ipsum: hardly any run of eight words comes twice.
#[test]
fn prose_does_not_repeat_itself() {
    let text = text(Kind::Prose, 32_768, &mut Random::new(5));
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut runs: Vec<&[&str]> = words.windows(8).collect();
    let all = runs.len();
    runs.sort_unstable();
    runs.dedup();
    assert!(runs.len() * 100 > all * 99, "{} of {all} runs of eight are new", runs.len());
}
