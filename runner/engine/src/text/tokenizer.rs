//! A tokenizer without data: pieces are cut by rule and hashed into the vocabulary.
//!
//! The cuts follow those of byte-pair tokenizers (a word takes its leading space, digits go in
//! groups of three), so that English prose costs about as many tokens. Each id above the specials
//! also owns one pronounceable piece, such as ` zoru`; that piece, and no other of its form, is
//! encoded as that id, so that generated text encodes to the tokens it came from.

/// Ids below this are special and have no text.
const RESERVED: u32 = 16;

/// Longest word or punctuation run in one token, in bytes, its leading space included.
const LONGEST_PIECE: usize = 9;

const CONSONANTS: &[u8; 16] = b"bdfgjklmnrstvwyz";
const VOWELS: &[u8; 4] = b"aeou";

/// A token that no text encodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Special {
    /// Begins every prompt.
    Begin = 0,
    /// Ends an answer.
    End = 1,
    /// Begins the system message.
    System = 2,
    /// Begins the list of tools.
    Tools = 3,
    /// Begins a user message.
    User = 4,
    /// Begins an assistant message.
    Assistant = 5,
    /// Begins a tool's result.
    Tool = 6,
    /// Begins a tool call within an assistant message.
    Call = 7,
    /// Ends a message.
    EndOfMessage = 8,
}

impl Special {
    pub(crate) fn id(self) -> u32 {
        self as u32
    }
}

/// The tokenizer for one vocabulary size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokenizer {
    vocab: u32,
}

impl Tokenizer {
    /// `vocab` is from 64 to 4,096.
    pub(crate) fn new(vocab: usize) -> Self {
        Self { vocab: u32::try_from(vocab).unwrap_or(u32::MAX) }
    }

    /// Whether an answer may contain this id, apart from [`Special::End`].
    pub(crate) fn is_text(self, id: u32) -> bool {
        (RESERVED..self.vocab).contains(&id)
    }

    /// Appends the tokens of `text` to `tokens`.
    pub(crate) fn encode(self, text: &str, tokens: &mut Vec<u32>) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(first_piece(rest));
            tokens.push(self.id_of(piece));
            rest = after;
        }
    }

    /// Returns the text of a token; empty for special tokens.
    pub(crate) fn decode(self, id: u32) -> String {
        if !self.is_text(id) {
            return String::new();
        }
        let mut index = scramble(id);
        let mut text = String::from(" ");
        for _ in 0..2 {
            text.push(char::from(CONSONANTS[index as usize % 16]));
            text.push(char::from(VOWELS[index as usize / 16 % 4]));
            index /= 64;
        }
        text
    }

    fn id_of(self, piece: &str) -> u32 {
        if let Some(id) = generated_piece(piece)
            && self.is_text(id)
        {
            return id;
        }
        // FNV-1a, 64 bits.
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for byte in piece.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        RESERVED + ((hash ^ (hash >> 32)) % u64::from(self.vocab - RESERVED)) as u32
    }
}

/// Spreads neighbouring ids over the alphabet; a bijection of 0..4096.
fn scramble(id: u32) -> u32 {
    (id * 1645 + 977) % 4096
}

/// The id whose text is exactly `piece`.
fn generated_piece(piece: &str) -> Option<u32> {
    let [b' ', first, second, third, fourth] = *piece.as_bytes() else { return None };
    let consonant = |byte| CONSONANTS.iter().position(|&c| c == byte);
    let vowel = |byte| VOWELS.iter().position(|&v| v == byte);
    let low = consonant(first)? + 16 * vowel(second)?;
    let high = consonant(third)? + 16 * vowel(fourth)?;
    let index = (low + 64 * high) as u32;
    // 1645 * 869 = 1 modulo 4096.
    Some((index + 4096 - 977) % 4096 * 869 % 4096)
}

/// Length in bytes of the first piece of a text that is not empty.
fn first_piece(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let spaced = first == ' ' && text[1..].starts_with(|c: char| !c.is_whitespace());
    let body = if spaced { &text[1..] } else { text };
    let Some(head) = body.chars().next() else { return text.len() };
    let lead = text.len() - body.len();
    if head.is_alphabetic() {
        let length = run(body, char::is_alphabetic);
        return lead + word_cut(&body[..length], LONGEST_PIECE - lead);
    }
    if head.is_numeric() {
        // A space stands alone before a number.
        return if spaced { 1 } else { cut(body, 3, char::is_numeric) };
    }
    if head.is_whitespace() {
        let length = run(body, char::is_whitespace);
        // The last space of a run belongs to the word after it.
        let keeps_last = length < body.len() && body[..length].ends_with(' ') && length > 1;
        return length - usize::from(keeps_last);
    }
    lead + cut(body, LONGEST_PIECE - lead, |c| !c.is_alphanumeric() && !c.is_whitespace())
}

/// Bytes of the characters at the front that satisfy `test`.
fn run(text: &str, test: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !test(c)).unwrap_or(text.len())
}

/// Like [`run`], but at most `limit` bytes (at least one character).
fn cut(text: &str, limit: usize, test: impl Fn(char) -> bool) -> usize {
    let length = run(text, test);
    if length <= limit {
        return length;
    }
    let first = text.chars().next().map_or(length, char::len_utf8);
    text.char_indices()
        .map(|(at, _)| at)
        .take_while(|&at| at <= limit)
        .last()
        .map_or(first, |at| at.max(first))
}

/// Where to cut a word: whole if it fits, else at `limit`, and at a capital after a small letter.
fn word_cut(word: &str, limit: usize) -> usize {
    let mut before = None;
    for (at, c) in word.char_indices() {
        if before.is_some_and(char::is_lowercase) && c.is_uppercase() {
            return cut(&word[..at], limit, |_| true);
        }
        before = Some(c);
    }
    cut(word, limit, |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str) -> Vec<&str> {
        let (mut rest, mut out) = (text, Vec::new());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(first_piece(rest));
            out.push(piece);
            rest = after;
        }
        out
    }

    #[test]
    fn cuts_follow_words_digits_and_punctuation() {
        assert_eq!(pieces("Hello, wide world."), ["Hello", ",", " wide", " world", "."]);
        assert_eq!(pieces("in 12345 ms"), ["in", " ", "123", "45", " ms"]);
        assert_eq!(pieces("a\n\n    let x"), ["a", "\n\n   ", " let", " x"]);
        assert_eq!(pieces("readFile(path)"), ["read", "File", "(", "path", ")"]);
        assert_eq!(pieces(" internationally"), [" internat", "ionally"]);
        assert_eq!(pieces("  "), ["  "]);
        assert_eq!(pieces("日本語日本語"), ["日本語", "日本語"]);
    }

    #[test]
    fn ids_are_stable() {
        let mut tokens = Vec::new();
        Tokenizer::new(4096).encode("The cache keeps 128 tokens.", &mut tokens);
        assert_eq!(tokens, [2741, 214, 1145, 1251, 1838, 138, 1981]);
    }

    #[test]
    fn every_id_has_its_own_text_and_comes_back() {
        for vocab in [64, 4096] {
            let tokenizer = Tokenizer::new(vocab);
            let mut seen = std::collections::HashSet::new();
            for id in RESERVED..vocab as u32 {
                let text = tokenizer.decode(id);
                let mut back = Vec::new();
                tokenizer.encode(&text, &mut back);
                assert_eq!(back, [id], "{text:?}");
                assert!(seen.insert(text));
            }
            assert_eq!(tokenizer.decode(Special::End.id()), "");
        }
    }

    /// Prose, code and a log, written for this test.
    const SAMPLE: &str = include_str!("sample.txt");

    #[test]
    fn english_costs_about_as_much_as_with_a_trained_tokenizer() {
        let mut tokens = Vec::new();
        Tokenizer::new(4096).encode(SAMPLE, &mut tokens);
        let trained = tiktoken_rs::o200k_base().unwrap().encode_ordinary(SAMPLE).len();
        let ratio = tokens.len() as f64 / trained as f64;
        assert!((1.0..1.3).contains(&ratio), "{ratio}");
    }

    proptest! {
        #[test]
        fn pieces_cover_any_text(text in "\\PC*|[a-zA-Z0-9 .,\n\t(){}]*|[ é日本🙂\u{301}x]*") {
            let cuts = pieces(&text);
            prop_assert_eq!(cuts.concat(), text.clone());
            prop_assert!(cuts.iter().all(|piece| !piece.is_empty()));
            let tokenizer = Tokenizer::new(4096);
            let mut tokens = Vec::new();
            tokenizer.encode(&text, &mut tokens);
            prop_assert!(tokens.iter().all(|&id| tokenizer.is_text(id)));
        }

        #[test]
        fn a_generated_answer_encodes_to_its_tokens(
            ids in proptest::collection::vec(RESERVED..4096, 0..40),
        ) {
            let tokenizer = Tokenizer::new(4096);
            let text: String = ids.iter().map(|&id| tokenizer.decode(id)).collect();
            let mut tokens = Vec::new();
            tokenizer.encode(&text, &mut tokens);
            prop_assert_eq!(tokens, ids);
        }
    }
}
