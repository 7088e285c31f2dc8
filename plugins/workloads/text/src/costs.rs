//! Exact token counts without a tokenizer.
//!
//! The reference tokenizer (o200k) first cuts a text into pieces with a regular
//! expression and then encodes each piece by itself. Nearly every piece of the
//! texts made here is one token; those that are not are in a table that
//! `cargo run --release -p tachograph-workload-text --example calibrate` writes.

use crate::generated::EXCEPTIONS;

/// The reference tokens of a text made here.
///
/// Exact for the text of this crate and for nonces of its words; a piece that
/// the table does not know counts as one token.
pub fn count(text: &str) -> u64 {
    pieces(text).map(cost).sum()
}

fn cost(piece: &str) -> u64 {
    EXCEPTIONS
        .binary_search_by(|(known, _)| (*known).cmp(piece))
        .map_or(1, |at| u64::from(EXCEPTIONS[at].1))
}

/// Cuts ASCII text as the reference tokenizer does; other characters count as
/// lower-case letters.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let len = piece_len(rest.as_bytes())?;
        let (piece, tail) = rest.split_at_checked(len)?;
        rest = tail;
        Some(piece)
    })
}

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase()
}

fn lower(b: u8) -> bool {
    b.is_ascii_lowercase() || !b.is_ascii()
}

fn letter(b: u8) -> bool {
    upper(b) || lower(b)
}

fn newline(b: u8) -> bool {
    b == b'\n' || b == b'\r'
}

fn space(b: u8) -> bool {
    b.is_ascii_whitespace() || b == 0x0b
}

fn mark(b: u8) -> bool {
    !space(b) && !letter(b) && !b.is_ascii_digit()
}

fn run(bytes: &[u8], test: fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&b| test(b)).count()
}

fn piece_len(b: &[u8]) -> Option<usize> {
    let &first = b.first()?;
    // A word, with one character before it that is neither letter, digit nor
    // line break.
    let lead = usize::from(!newline(first) && !letter(first) && !first.is_ascii_digit());
    let word = &b[lead..];
    let capitals = run(word, upper);
    let smalls = run(&word[capitals..], lower);
    if capitals + smalls > 0 {
        let end = lead + capitals + smalls;
        return Some(end + contraction(&b[end..]));
    }
    if first.is_ascii_digit() {
        return Some(run(b, |b| b.is_ascii_digit()).min(3));
    }
    let lead = usize::from(first == b' ');
    let marks = run(&b[lead..], mark);
    if marks > 0 {
        let end = lead + marks;
        return Some(end + run(&b[end..], |b| newline(b) || b == b'/'));
    }
    let spaces = run(b, space);
    if let Some(last) = b[..spaces].iter().rposition(|&b| newline(b)) {
        return Some(last + 1);
    }
    Some(if spaces < b.len() && spaces > 1 { spaces - 1 } else { spaces })
}

/// The length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at the start.
fn contraction(b: &[u8]) -> usize {
    if b.first() != Some(&b'\'') {
        return 0;
    }
    let tail = &b[1..];
    let is = |end: &&[u8]| tail.len() >= end.len() && tail[..end.len()].eq_ignore_ascii_case(end);
    let ends: [&[u8]; 7] = [b"s", b"t", b"re", b"ve", b"m", b"ll", b"d"];
    ends.iter().find(|end| is(end)).map_or(0, |end| end.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).collect()
    }

    #[test]
    fn text_is_cut_as_the_reference_does() {
        assert_eq!(cut("The old mill."), ["The", " old", " mill", "."]);
        assert_eq!(cut("a\n\n    if x:\n"), ["a", "\n\n", "   ", " if", " x", ":\n"]);
        assert_eq!(cut("read_file(12345)"), ["read", "_file", "(", "123", "45", ")"]);
        assert_eq!(cut("ParserError HTTPServer"), ["Parser", "Error", " HTTPServer"]);
        assert_eq!(cut("n = 7 it's"), ["n", " =", " ", "7", " it's"]);
        assert_eq!(cut("://a/b"), ["://", "a", "/b"]);
    }

    #[test]
    fn cutting_loses_nothing() {
        let text = "é – x\t\ty  \n \r\n/ 1,234 'll";
        assert_eq!(cut(text).concat(), text);
    }
}
