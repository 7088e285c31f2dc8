//! Text of an exact length in reference tokens.

use tachograph_metrics::Random;

use crate::{
    code::{self, Language},
    count, guide, logs, prose,
    words::NONCE,
};

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Paragraphs of English.
    Prose,
    /// Functions.
    Code(Language),
    /// Lines of a server's log.
    ServerLog,
    /// Lines of a test run, failures among them or not.
    TestLog {
        /// Whether some tests fail.
        failing: bool,
    },
    /// Notes of engineers on a code base.
    Guide,
    /// A unified diff of a Python file.
    Diff,
    /// A file of notes: prose, code and logs by turns.
    Mixed,
}

/// Room that is kept for the closing sentences.
const CLOSING: u64 = 48;

/// A text of exactly `tokens` reference tokens. Ends without a line break.
pub fn text(kind: Kind, tokens: u64, random: &mut Random) -> String {
    let mut out = Writer { text: String::new(), used: 0, tokens };
    match kind {
        Kind::Prose => paragraphs(&mut out, tokens, random, prose::sentence),
        Kind::Guide => paragraphs(&mut out, tokens, random, guide::sentence),
        Kind::Diff => {
            units(&mut out, tokens, random, code::hunk);
            out.push("note:");
        }
        Kind::Code(language) => {
            units(&mut out, tokens, random, |random| code::function(language, random));
            out.push(match language {
                Language::Python => "#",
                Language::Rust => "mod notes {} //",
            });
        }
        Kind::ServerLog => {
            let mut clock = 1000 * random.below(80_000) as u64;
            units(&mut out, tokens, random, |random| logs::line(&mut clock, random));
            out.push("note:");
        }
        Kind::TestLog { failing } => {
            units(&mut out, tokens, random, |random| logs::test_line(failing, random));
            out.push("note:");
        }
        Kind::Mixed => mixed(&mut out, random),
    }
    let about_code = !matches!(kind, Kind::Prose | Kind::Mixed);
    close(&mut out, if about_code { guide::sentence } else { prose::sentence }, random);
    out.text
}

/// A text in the making, with its count.
struct Writer {
    text: String,
    used: u64,
    tokens: u64,
}

impl Writer {
    fn push(&mut self, unit: &str) {
        self.used += count(unit);
        self.text.push_str(unit);
    }

    fn left(&self) -> u64 {
        self.tokens.saturating_sub(self.used)
    }
}

/// Units, as many as fit before `end` and the closing.
fn units(
    out: &mut Writer,
    end: u64,
    random: &mut Random,
    mut unit: impl FnMut(&mut Random) -> String,
) {
    // A unit that is too long is dropped; a shorter one may still fit.
    let mut misses = 0;
    while misses < 4 {
        let next = unit(random);
        if out.used + count(&next) + CLOSING > end {
            misses += 1;
        } else {
            out.push(&next);
        }
    }
}

fn paragraphs(
    out: &mut Writer,
    end: u64,
    random: &mut Random,
    sentence: fn(&mut Random) -> String,
) {
    let mut left = 0;
    let mut misses = 0;
    while misses < 4 {
        let sentence = sentence(random);
        let unit = match (out.text.is_empty(), left) {
            (true, _) => sentence,
            (false, 0) => format!("\n\n{sentence}"),
            (false, _) => format!(" {sentence}"),
        };
        // A full stop and the line break after it are one piece.
        let joined = if unit.starts_with('\n') { count(&unit) - 1 } else { count(&unit) };
        if out.used + joined + CLOSING > end {
            misses += 1;
            continue;
        }
        out.used += joined;
        out.text.push_str(&unit);
        left = if left == 0 { 3 + random.below(4) } else { left - 1 };
    }
}

fn mixed(out: &mut Writer, random: &mut Random) {
    let mut section = 0;
    while out.left() > 700 {
        section += 1;
        out.push(&format!("## Part {section}\n\n"));
        let end = (out.used + 300 + random.below(500) as u64).min(out.tokens);
        match section % 4 {
            1 | 3 => {
                while out.used + 40 < end {
                    out.push(&format!("{}\n", prose::sentence(random)));
                }
                out.push("-----\n");
            }
            2 => {
                let language = [Language::Python, Language::Rust][random.below(2)];
                out.push("```\n");
                units(out, end, random, |random| code::function(language, random));
                out.push("```\n");
            }
            _ => {
                let mut clock = 1000 * random.below(80_000) as u64;
                out.push("```\n");
                units(out, end, random, |random| logs::line(&mut clock, random));
                out.push("```\n");
            }
        }
    }
    out.push("## Last part\n\n");
    units(out, out.tokens, random, |random| format!("{}\n", prose::sentence(random)));
    out.push("In short:");
}

/// Sentences that end exactly at the length; a space goes before each.
fn close(out: &mut Writer, sentence: fn(&mut Random) -> String, random: &mut Random) {
    for _ in 0..4000 {
        let left = out.left();
        if left == 0 {
            return;
        }
        let sentence = sentence(random);
        let lead = if out.text.is_empty() { "" } else { " " };
        let sentence = format!("{lead}{sentence}");
        let long = count(&sentence);
        // Either this is the end, or enough is left for another sentence.
        if long == left || long + 14 <= left {
            out.push(&sentence);
        }
    }
    // No sentence fits: plain words, one token each, to the end.
    while out.left() > 0 {
        let word = NONCE[random.below(NONCE.len())];
        out.push(&if out.text.is_empty() { word.to_owned() } else { format!(" {word}") });
    }
}
