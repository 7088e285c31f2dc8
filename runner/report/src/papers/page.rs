//! A Markdown page, written from top to bottom.

use super::{change::Change, figures::Figure};
use crate::{
    footnotes::Footnotes,
    markdown::{inline, row},
    number::UNMEASURED,
};

/// A cell of a table or a value of a list.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Markdown.
    text: String,
    mark: String,
    bold: bool,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = inline(&crate::text::clean(&text.into()));
        Self { text, mark: String::new(), bold: false }
    }

    fn render(&self) -> String {
        let text = &self.text;
        let stars = if self.bold { "**" } else { "" };
        format!("{stars}{text}{stars}{}", self.mark)
    }
}

impl From<Change> for Cell {
    fn from(change: Change) -> Self {
        // Signs and digits of this program's own.
        Self { text: change.text(), mark: String::new(), bold: matches!(change, Change::By(_)) }
    }
}

/// A page, with the reasons for its dashes.
#[derive(Debug, Default)]
pub(super) struct Page {
    out: String,
    reasons: Footnotes,
}

impl Page {
    /// A heading of a level.
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        let text = inline(&crate::text::clean(text));
        self.out.push_str(&format!("{} {text}\n\n", "#".repeat(level)));
    }

    /// A paragraph of this program's own words; values stand in bold.
    pub(super) fn says(&mut self, before: &str, bold: &Cell, after: &str) {
        let value = Cell { bold: !bold.text.is_empty(), ..bold.clone() };
        self.out.push_str(&format!("{before}{}{after}\n\n", value.render()));
    }

    /// A bulleted list.
    pub(super) fn list(&mut self, items: &[String]) {
        for item in items {
            self.out.push_str(&format!("- {}\n", inline(&crate::text::clean(item))));
        }
        self.out.push('\n');
    }

    /// A bulleted list of values with their names; values stand in bold.
    pub(super) fn values(&mut self, values: &[(&str, Cell)]) {
        self.join_lists();
        for (name, value) in values {
            let value = Cell { bold: true, ..value.clone() };
            self.out.push_str(&format!("- {}: {}\n", inline(name), value.render()));
        }
        self.out.push('\n');
    }

    /// A list after a list goes on with it.
    fn join_lists(&mut self) {
        let last = self.out.trim_end().lines().last();
        if last.is_some_and(|line| line.starts_with("- ")) {
            self.out.pop();
        }
    }

    /// A table of facts: names and words.
    pub(super) fn facts(&mut self, heads: [&str; 2], facts: Vec<(&str, Cell)>) {
        let rows: Vec<Vec<Cell>> =
            facts.into_iter().map(|(name, value)| vec![Cell::new(name), value]).collect();
        self.columns(&heads, &["---", "---"], &rows);
    }

    /// A table; all columns but the first hold figures.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<Cell>]) {
        let rules = (0..heads.len()).map(|column| if column == 0 { "---" } else { "---:" });
        self.columns(heads, &rules.collect::<Vec<_>>(), rows);
    }

    fn columns(&mut self, heads: &[&str], rules: &[&str], rows: &[Vec<Cell>]) {
        self.out.push_str(&row(heads.iter().map(|head| inline(head))));
        self.out.push_str(&row(rules.iter().map(|&rule| rule.to_owned())));
        for cells in rows {
            self.out.push_str(&row(cells.iter().map(Cell::render)));
        }
        self.out.push('\n');
    }

    /// A line between phases.
    pub(super) fn rule(&mut self) {
        self.out.push_str("---\n\n");
    }

    /// A figure as text, or a dash with its reason.
    pub(super) fn cell(&mut self, figure: &Figure, show: impl Fn(f64) -> String) -> Cell {
        match figure {
            Ok(value) => Cell::new(show(*value)),
            Err(reason) => Cell { mark: self.reasons.mark(reason), ..Cell::new(UNMEASURED) },
        }
    }

    /// The page, the reasons at its end.
    pub(super) fn done(mut self) -> String {
        if !self.reasons.texts().is_empty() {
            self.out.truncate(self.out.trim_end().len() + 1);
            self.out.push_str(&crate::markdown::notes(self.reasons.texts()));
        }
        self.out.truncate(self.out.trim_end().len());
        self.out.push('\n');
        self.out
    }
}
