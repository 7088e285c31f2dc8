//! A result for the terminal.

mod compact;
pub(crate) mod harness;
pub(crate) mod header;
pub(crate) mod part;
pub(crate) mod workload;

use tachograph_model::{Flag, RunResult, WorkloadReport};

use crate::{
    advice::advice,
    style::{Ink, Style},
    text::hanging,
};

/// How much of a result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// A screen or two: each headline figure once, and the tables.
    #[default]
    Compact,
    /// Every figure with its interval, count and clock.
    Full,
}

/// A whole result: what ran where, each workload with its figures and tables,
/// and what the harness says of itself.
pub fn terminal(result: &RunResult, style: Style, detail: Detail) -> String {
    let (header, harness) = match detail {
        Detail::Compact => (compact::header(result, style), compact::harness(result, style)),
        Detail::Full => (header::header(result, style), harness::harness(result, style)),
    };
    let mut out = header;
    for entry in &result.workloads {
        out.push('\n');
        out.push_str(&workload(&entry.report, style, detail));
    }
    out.push('\n');
    out.push_str(&harness);
    out
}

/// The report of one workload: verdict, headline figures, tables, what was left
/// out, doubts.
pub fn workload(report: &WorkloadReport, style: Style, detail: Detail) -> String {
    match detail {
        Detail::Compact => compact::workload(report, style),
        Detail::Full => workload::workload(report, style),
    }
}

/// Messages of one code that are shown before the rest is counted.
const SAME_CODE: usize = 2;

/// Messages by code, each once, in the order in which the codes first occur.
pub(crate) fn grouped(flags: &[Flag]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for flag in flags {
        match groups.iter_mut().find(|(code, _)| *code == flag.code) {
            Some((_, messages)) if messages.contains(&flag.message.as_str()) => {}
            Some((_, messages)) => messages.push(&flag.message),
            None => groups.push((&flag.code, vec![&flag.message])),
        }
    }
    groups
}

/// Flags by code, each code with what to do about it.
fn flags(flags: &[Flag], style: Style) -> String {
    let mut out = String::new();
    for (code, messages) in grouped(flags) {
        let shown = if messages.len() == SAME_CODE + 1 { SAME_CODE + 1 } else { SAME_CODE };
        for message in messages.iter().take(shown) {
            for line in hanging("  ! ", &format!("{code}: {message}"), style.columns()) {
                out.push_str(&style.paint(Ink::Doubt, &line));
                out.push('\n');
            }
        }
        if messages.len() > shown {
            let more = format!("and {} more of {code}", messages.len() - shown);
            for line in hanging("    ", &more, style.columns()) {
                out.push_str(&style.paint(Ink::Doubt, &line));
                out.push('\n');
            }
        }
        if let Some(text) = advice(code) {
            for line in hanging("    → ", text, style.columns()) {
                out.push_str(&style.paint(Ink::Quiet, &line));
                out.push('\n');
            }
        }
    }
    out
}

/// A word, then text, aligned under other such lines.
fn field(word: &str, text: &str, style: Style) -> String {
    labelled(&format!("  {word:<13} "), text, style)
}

/// Text behind its head, which is painted; further lines are indented as deep.
fn labelled(head: &str, text: &str, style: Style) -> String {
    let mut out = String::new();
    for (index, line) in hanging(head, text, style.columns()).iter().enumerate() {
        match line.strip_prefix(head) {
            Some(rest) if index == 0 => {
                out.push_str(&style.paint(Ink::Quiet, head));
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// A paragraph in one colour.
fn paragraph(out: &mut String, head: &str, text: &str, ink: Ink, style: Style) {
    for line in hanging(head, text, style.columns()) {
        out.push_str(&style.paint(ink, &line));
        out.push('\n');
    }
}

/// A line of dashes with a title at its left and a word at its right.
fn rule(title: &str, word: &str, ink: Ink, style: Style) -> String {
    let columns = style.columns();
    let word = crate::text::cut(&crate::text::clean(word), 20);
    let spare = columns.saturating_sub(10 + crate::text::width(&word));
    let title = crate::text::cut(&crate::text::clean(title), spare);
    let tail = if word.is_empty() {
        String::new()
    } else {
        format!(" {} ──", style.paint(ink, &word))
    };
    let tail_width = if word.is_empty() { 0 } else { crate::text::width(&word) + 4 };
    let used = 4 + crate::text::width(&title) + tail_width;
    let dashes = "─".repeat(columns.saturating_sub(used));
    format!("── {} {dashes}{tail}\n", style.paint(Ink::Strong, &title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, text::width};

    const BOTH: [Detail; 2] = [Detail::Compact, Detail::Full];

    fn compact(result: &RunResult) -> String {
        terminal(result, Style::plain(80), Detail::Compact)
    }

    fn full(result: &RunResult) -> String {
        terminal(result, Style::plain(80), Detail::Full)
    }

    #[test]
    fn a_whole_result() {
        insta::assert_snapshot!("result", compact(&fixture::result()));
        insta::assert_snapshot!("result_full", full(&fixture::result()));
    }

    #[test]
    fn the_smallest_result() {
        insta::assert_snapshot!("bare_result", compact(&fixture::bare_result()));
        insta::assert_snapshot!("bare_result_full", full(&fixture::bare_result()));
    }

    #[test]
    fn no_line_leaves_the_width() {
        for (columns, detail) in
            [60, 72, 80, 100, 140].into_iter().flat_map(|c| BOTH.map(|d| (c, d)))
        {
            for result in [fixture::result(), fixture::bare_result(), fixture::hostile_result()] {
                let text = terminal(&result, Style::plain(columns), detail);
                for line in text.lines() {
                    assert!(width(line) <= columns, "{columns}: {line}");
                    assert_eq!(line, line.trim_end(), "blanks at the end of a line");
                }
            }
        }
    }

    #[test]
    fn colour_adds_nothing_to_the_words() {
        let result = fixture::result();
        for detail in BOTH {
            let plain = terminal(&result, Style::plain(80), detail);
            let colored = terminal(&result, Style { width: 80, color: true }, detail);
            assert!(colored.contains("\u{1b}[") && !plain.contains('\u{1b}'));
            assert_eq!(fixture::without_color(&colored), plain);
        }
    }

    #[test]
    fn flags_of_one_code_are_counted() {
        let many: Vec<Flag> = (0..9).map(|n| Flag::new("starved", format!("step {n}"))).collect();
        let text = flags(&many, Style::plain(80));
        assert!(text.contains("! starved: step 1\n    and 7 more of starved\n    → "), "{text}");
        assert_eq!(flags(&many[..3], Style::plain(80)).matches("! starved").count(), 3);
        let same = [many[0].clone(), many[0].clone()];
        assert_eq!(flags(&same, Style::plain(80)), flags(&many[..1], Style::plain(80)));
    }

    #[test]
    fn a_backend_cannot_steer_the_terminal() {
        for text in [compact(&fixture::hostile_result()), full(&fixture::hostile_result())] {
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
            assert!(!text.contains('\u{202e}'));
        }
    }

    #[test]
    fn a_wide_terminal_shows_more_columns() {
        let result = fixture::result();
        for detail in BOTH {
            let narrow = terminal(&result, Style::plain(80), detail);
            let wide = terminal(&result, Style::plain(140), detail);
            assert!(narrow.contains("left out for width"));
            assert!(!wide.contains("left out for width"), "{wide}");
        }
    }
}
