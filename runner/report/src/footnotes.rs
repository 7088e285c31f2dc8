//! Footnotes: the reasons behind dashes.

use crate::{
    style::{Ink, Style},
    text::{clean, hanging},
};

/// Numbered notes; equal texts share a number.
#[derive(Debug, Default)]
pub(crate) struct Footnotes(Vec<String>);

impl Footnotes {
    /// The mark of a note, for example `²`.
    pub(crate) fn mark(&mut self, note: &str) -> String {
        let note = clean(note);
        let index = self.0.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        });
        superscript(index + 1)
    }

    /// The notes, in the order of their numbers.
    pub(crate) fn texts(&self) -> &[String] {
        &self.0
    }

    /// The notes, one a paragraph.
    pub(crate) fn render(&self, style: Style, indent: usize) -> String {
        let mut out = String::new();
        for (index, note) in self.0.iter().enumerate() {
            let head = format!("{:indent$}{} ", "", superscript(index + 1));
            for line in hanging(&head, note, style.columns()) {
                out.push_str(&style.paint(Ink::Quiet, &line));
                out.push('\n');
            }
        }
        out
    }
}

/// A number in raised digits.
pub(crate) fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string();
    digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_share_a_note() {
        let mut notes = Footnotes::default();
        assert_eq!(notes.mark("one"), "¹");
        assert_eq!(notes.mark("two"), "²");
        assert_eq!(notes.mark(" one\n"), "¹");
        assert_eq!(notes.render(Style::plain(80), 2), "  ¹ one\n  ² two\n");
        assert_eq!(superscript(120), "¹²⁰");
    }
}
