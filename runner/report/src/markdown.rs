//! A result as GitHub-flavoured Markdown.

use tachograph_model::{Digest, RunResult};

use crate::{
    document::{Cell, Document, Doubt, Fact, Section, Table, status_word},
    footnotes::superscript,
};

/// A result as Markdown: configuration, a comparative table, each workload with
/// its tables and notes, the harness, and how to check it. `run` is the run id,
/// when it is known.
///
/// Texts of servers and plugins are escaped: they make no markup and no links.
pub fn markdown(result: &RunResult, run: Option<&Digest>) -> String {
    let document = Document::of(result, run);
    let mut out = format!("# {}\n\n", inline(&document.title));
    out.push_str(&format!("_Measured: **{}**_\n\n", inline(&document.measured)));
    out.push_str(&format!("**{}.**\n", inline(&document.verdict)));
    if !document.marks.is_empty() {
        let marks: Vec<String> = document.marks.iter().map(|mark| inline(mark)).collect();
        out.push_str(&format!("\n**Marked:** {}\n", marks.join(" · ")));
    }
    out.push('\n');
    for section in &document.sections {
        let words = section.words.first().map_or("", String::as_str);
        let status = status_word(section.status);
        out.push_str(&format!("- **{}** ({status}): {}\n", inline(&section.id), inline(words)));
    }
    out.push_str("\n## Test configuration\n\n");
    out.push_str(&facts("Parameter", &document.facts));
    out.push_str("\n## Comparative table\n\n");
    out.push_str(&table(&document.overview));
    out.push_str(&notes(&document.overview_notes));
    for each in &document.sections {
        out.push_str(&section(each));
    }
    out.push_str("\n## Harness\n\n");
    out.push_str(&facts("Metric", &document.harness));
    if !document.evidence.is_empty() {
        out.push_str(&format!("\n### Evidence\n\n{}\n\n", inline(document.claims)));
        out.push_str(&facts("Check", &document.evidence));
    }
    if !document.doubts.is_empty() {
        out.push_str("\n### Doubts about the whole run\n\n");
        out.push_str(&doubts(&document.doubts));
    }
    out.push_str("\n## Notes\n\n");
    out.push_str(&format!("- {}\n", inline(document.limits)));
    out.push_str(
        "- `—` stands for what was not measured; the note beside it says why. \
         It is never a zero.\n",
    );
    out.push_str("\n## Check it\n");
    for check in &document.checks {
        out.push_str(&format!("\n{}\n\n```sh\n{}\n```\n", inline(check.what), check.command));
    }
    out
}

fn section(section: &Section) -> String {
    let mut out = format!("\n## {} ({})\n", inline(&section.id), status_word(section.status));
    for words in &section.words {
        out.push_str(&format!("\n> {}\n", inline(words)));
    }
    for each in &section.tables {
        out.push_str(&format!("\n### {}\n\n{}", inline(&each.caption), table(each)));
    }
    out.push_str(&notes(&section.notes));
    if !section.skipped.is_empty() {
        out.push_str("\n### Left out\n\n");
        for text in &section.skipped {
            out.push_str(&format!("- {}\n", inline(text)));
        }
    }
    if !section.doubts.is_empty() {
        out.push_str("\n### Doubts\n\n");
        out.push_str(&doubts(&section.doubts));
    }
    out
}

fn table(table: &Table) -> String {
    let heads = table.columns.iter().map(|column| match column.unit.is_empty() {
        true => inline(&column.head),
        false => format!("{} ({})", inline(&column.head), inline(&column.unit)),
    });
    let mut out = row(heads);
    let rules = table.columns.iter().map(|column| if column.figures { "---:" } else { "---" });
    out.push_str(&row(rules.map(str::to_owned)));
    for cells in &table.rows {
        out.push_str(&row(cells.iter().map(cell)));
    }
    out
}

pub(crate) fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    let mark = cell.note.map(|note| superscript(note + 1)).unwrap_or_default();
    format!("{}{mark}", inline(&cell.text))
}

fn facts(head: &str, facts: &[Fact]) -> String {
    let mut out = format!("| {head} | Value |\n| --- | --- |\n");
    for fact in facts {
        out.push_str(&row([inline(&fact.word), inline(&fact.text)].into_iter()));
    }
    out
}

pub(crate) fn notes(notes: &[String]) -> String {
    let lines = notes
        .iter()
        .enumerate()
        .map(|(index, note)| format!("- {} {}\n", superscript(index + 1), inline(note)));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn doubts(doubts: &[Doubt]) -> String {
    let mut out = String::new();
    for doubt in doubts {
        let messages: Vec<String> = doubt.messages.iter().map(|text| inline(text)).collect();
        out.push_str(&format!("- **{}**: {}\n", inline(&doubt.code), messages.join("; ")));
        if let Some(advice) = doubt.advice {
            out.push_str(&format!("  - {}\n", inline(advice)));
        }
    }
    out
}

/// Clean text with what Markdown would read as markup escaped. It may stand in
/// a cell, in a list or at the start of a line.
pub(crate) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let numbered = numbered(text);
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        let rest = &text[index..];
        let markup = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '^' => true,
            // Inside a word it is a letter, as in `decode_tps`.
            '_' => !(before.is_alphanumeric() && rest[1..].starts_with(char::is_alphanumeric)),
            // Headings, lists, rules; and `#12`, which a forge would link.
            '#' => true,
            '+' | '-' | '=' => index == 0,
            '.' | ')' => numbered == Some(index) || before_www(&text[..index]),
            // `scheme://`, which would become a link.
            ':' => rest.starts_with("://") || text[..index].ends_with("mailto"),
            _ => false,
        };
        if markup {
            out.push('\\');
        }
        out.push(c);
        if c == '@' && linked(before, &rest[1..]) {
            out.push_str("<!-- -->");
        }
        before = c;
    }
    out
}

/// Whether an `@` would be read as a name's or as a mail address's.
fn linked(before: char, after: &str) -> bool {
    let word = after.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).next();
    let word = word.unwrap_or_default();
    !word.is_empty() && (!before.is_alphanumeric() || word.contains('.'))
}

/// Where the mark of a numbered list stands, if the text begins like one.
fn numbered(text: &str) -> Option<usize> {
    let at = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    let rest = text[at..].strip_prefix(['.', ')'])?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(at)
}

fn before_www(text: &str) -> bool {
    text.len() >= 3 && text.is_char_boundary(text.len() - 3) && {
        text[text.len() - 3..].eq_ignore_ascii_case("www")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_whole_result() {
        let result = fixture::result();
        insta::assert_snapshot!("markdown", markdown(&result, Some(&result.tape)));
    }

    #[test]
    fn the_checks_of_the_evidence() {
        let text = markdown(&fixture::examined_result(), None);
        let at = text.find("### Evidence").unwrap();
        insta::assert_snapshot!("markdown_evidence", text[at..].split("\n### ").next().unwrap());
    }

    #[test]
    fn the_smallest_result() {
        insta::assert_snapshot!("markdown_bare", markdown(&fixture::bare_result(), None));
    }

    #[test]
    fn every_row_has_the_cells_of_its_head() {
        for result in [fixture::result(), fixture::bare_result(), fixture::hostile_result()] {
            let text = markdown(&result, None);
            let mut cells = None;
            for line in text.lines() {
                assert!(!line.chars().any(char::is_control), "{line:?}");
                if !line.starts_with('|') {
                    cells = None;
                    continue;
                }
                let bars = line.replace("\\|", "").matches('|').count();
                assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
            }
        }
    }

    #[test]
    fn texts_make_no_markup() {
        let cases = [
            ("a|b", "a\\|b"),
            ("<img src=x>", "\\<img src=x\\>"),
            ("[a](http://x.y)", "\\[a\\](http\\://x.y)"),
            ("www.x.y", "www\\.x.y"),
            ("decode_tps _a_", "decode_tps \\_a\\_"),
            ("# no", "\\# no"),
            ("- no", "\\- no"),
            ("1. no 2. yes", "1\\. no 2. yes"),
            ("12.5 tok/s", "12.5 tok/s"),
            ("2.", "2\\."),
            ("`x` &amp; $y$", "\\`x\\` \\&amp; \\$y\\$"),
            ("suite-v2@sha256:aa", "suite-v2@sha256:aa"),
            ("@user a@b.c", "@<!-- -->user a@<!-- -->b.c"),
            ("a\\|b", "a\\\\\\|b"),
        ];
        for (text, want) in cases {
            assert_eq!(inline(text), want);
        }
    }
}
