//! Aligned columns.

use crate::{
    style::{Ink, Style},
    text::{clean, cut, cut_middle, width},
};

/// Columns between two columns.
const GAP: usize = 2;
/// The least that a flexible column is narrowed to.
const NARROWEST: usize = 8;

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// A column: heads (one text a line) and alignment.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    heads: Vec<String>,
    align: Align,
    flexible: bool,
    keeps_end: bool,
}

impl Column {
    /// A column of words.
    pub(crate) fn left(head: &str) -> Self {
        Self { heads: vec![head.to_owned()], align: Align::Left, flexible: false, keeps_end: false }
    }

    /// A column of figures.
    pub(crate) fn right(head: &str) -> Self {
        Self { align: Align::Right, ..Self::left(head) }
    }

    /// The same with a second line, for units.
    pub(crate) fn under(mut self, head: &str) -> Self {
        self.heads.push(head.to_owned());
        self
    }

    /// The same, cut with an ellipsis where the line is too short.
    pub(crate) fn flexible(mut self) -> Self {
        self.flexible = true;
        self
    }

    /// The same for names: flexible, and cut in the middle.
    pub(crate) fn name(mut self) -> Self {
        (self.flexible, self.keeps_end) = (true, true);
        self
    }
}

/// A cell with its colour.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    mark: String,
    ink: Ink,
}

impl Cell {
    /// A cell; control characters are taken out.
    pub(crate) fn new(ink: Ink, text: &str) -> Self {
        Self { text: clean(text), mark: String::new(), ink }
    }

    /// An ordinary cell.
    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Ink::Plain, text.as_ref())
    }

    /// The same with the mark of a footnote; figures stay aligned beside it.
    pub(crate) fn marked(mut self, mark: &str) -> Self {
        self.mark = clean(mark);
        self
    }
}

/// Columns and rows; rows have as many cells as there are columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Appends a column with one cell a row.
    pub(crate) fn column(&mut self, column: Column, cells: Vec<Cell>) {
        self.columns.push(column);
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }

    /// Columns that it takes when nothing is cut.
    pub(crate) fn natural_width(&self) -> usize {
        let widths = self.widths();
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
    }

    fn widths(&self) -> Vec<usize> {
        let head = |column: &Column| column.heads.iter().map(|head| width(head)).max().unwrap_or(0);
        self.columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let cells = self.rows.iter().filter_map(|row| row.get(index));
                let texts = cells.map(|cell| width(&cell.text)).max().unwrap_or(0);
                texts.max(head(column)) + self.mark_width(index)
            })
            .collect()
    }

    /// Columns that the longest mark of a column takes.
    fn mark_width(&self, index: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| width(&cell.mark)).max().unwrap_or(0)
    }

    /// The lines, indented, none longer than `columns`.
    ///
    /// Flexible columns give way first, the widest of them first. Should that
    /// not do, lines are cut.
    pub(crate) fn render(&self, style: Style, indent: usize) -> String {
        let room = style.columns().saturating_sub(indent);
        let mut widths = self.widths();
        let mut excess = self.natural_width().saturating_sub(room);
        while excess > 0 {
            let widest = (0..widths.len())
                .filter(|&i| self.columns[i].flexible && widths[i] > NARROWEST)
                .max_by_key(|&i| widths[i]);
            let Some(index) = widest else { break };
            widths[index] -= 1;
            excess -= 1;
        }
        let mut out = String::new();
        let depth = self.columns.iter().map(|column| column.heads.len()).max().unwrap_or(0);
        for level in 0..depth {
            let heads = self.columns.iter().map(|column| {
                Cell::new(Ink::Quiet, column.heads.get(level).map_or("", String::as_str))
            });
            let cells: Vec<Cell> = heads.collect();
            if cells.iter().any(|cell| !cell.text.is_empty()) {
                self.line(&mut out, style, indent, &widths, &cells);
            }
        }
        for row in &self.rows {
            self.line(&mut out, style, indent, &widths, row);
        }
        out
    }

    fn line(&self, out: &mut String, style: Style, indent: usize, widths: &[usize], row: &[Cell]) {
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
        let mut used = indent;
        out.push_str(&" ".repeat(indent));
        for (index, (cell, column)) in row.iter().zip(&self.columns).enumerate().take(last + 1) {
            let gap = if index == 0 { 0 } else { GAP };
            let room = style.columns().saturating_sub(used + gap);
            if room == 0 {
                break;
            }
            let space = widths[index].min(room);
            let marks = self.mark_width(index).min(space);
            let shorten = if column.keeps_end { cut_middle } else { cut };
            let text = shorten(&cell.text, space - marks);
            let pad = " ".repeat(space - marks - width(&text));
            let after = " ".repeat(marks - width(&cell.mark).min(marks));
            out.push_str(&" ".repeat(gap));
            let painted = style.paint(cell.ink, &text);
            let mark = cut(&cell.mark, marks);
            match column.align {
                Align::Right => out.push_str(&format!("{pad}{painted}{mark}{after}")),
                Align::Left => out.push_str(&format!("{painted}{mark}{pad}{after}")),
            }
            used += gap + space;
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(vec![
            Column::left("name").flexible(),
            Column::right("decode").under("tok/s"),
        ]);
        table.row(vec![Cell::plain("a"), Cell::plain("8,421")]);
        table.row(vec![Cell::plain("x".repeat(70)), Cell::plain("31.2")]);
        table
    }

    #[test]
    fn words_stand_left_and_figures_right() {
        let mut table = sample();
        table.rows.truncate(1);
        let text = table.render(Style::plain(80), 2);
        assert_eq!(text, "  name  decode\n         tok/s\n  a      8,421\n");
    }

    #[test]
    fn flexible_columns_give_way() {
        let text = sample().render(Style::plain(60), 2);
        assert!(text.lines().all(|line| width(line) <= 60), "{text}");
        assert!(text.contains("x…    31.2"), "{text}");
    }

    #[test]
    fn colour_changes_no_position() {
        let mut table = sample();
        table.rows[0][0].ink = Ink::Bad;
        let colored = table.render(Style { width: 80, color: true }, 2);
        assert!(colored.contains("\u{1b}["));
        assert_eq!(crate::fixture::without_color(&colored), table.render(Style::plain(80), 2));
    }
}
