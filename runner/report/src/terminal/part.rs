//! A table of a workload: a curve, streams, turns.

use tachograph_model::{Metric, Part, Row};

use crate::{
    footnotes::Footnotes,
    names::{self, Notation},
    number::{self, UNMEASURED},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, hanging},
};

/// Characters that the word beside a key may take.
const LABEL: usize = 16;

/// Columns that give way first where not all fit; others follow from the right.
const DISPENSABLE: &[&str] = &["ttfo_ms", "output_asked", "failed_requests", "prompt_tokens"];

/// The table with as many columns as fit, and a line that names the others.
pub(super) fn part(part: &Part, notes: &mut Footnotes, style: Style) -> String {
    let unit = if part.key == "context" { "tokens" } else { "" };
    let mut table = Table::new(vec![Column::right(&part.key.replace('_', " ")).under(unit)]);
    for row in &part.rows {
        let at = u64::try_from(row.at).map_or_else(|_| row.at.to_string(), number::thousands);
        table.row(vec![Cell::new(Ink::Strong, &at)]);
    }
    if part.rows.iter().any(|row| row.label.is_some()) {
        let labels = part.rows.iter().map(|row| row.label.as_deref().unwrap_or_default());
        let cells = labels.map(|label| Cell::plain(cut(label, LABEL))).collect();
        table.column(Column::left(""), cells);
    }
    let room = style.columns().saturating_sub(2);
    let mut columns: Vec<&String> = part.columns.iter().collect();
    // Tried with marks of its own, so that a column that is left out leaves no
    // footnote behind.
    while filled(&table, part, &columns, &mut Footnotes::default()).natural_width() + MARK_SPARE
        > room
    {
        let least = DISPENSABLE.iter().find_map(|name| columns.iter().position(|c| c == name));
        let Some(index) = least.or(columns.len().checked_sub(1)) else { break };
        columns.remove(index);
    }
    let left_out = part.columns.iter().filter(|name| !columns.contains(name));
    let left_out: Vec<String> = left_out.map(|name| names::head(name)).collect();
    let table = filled(&table, part, &columns, notes);
    let mut out = table.render(style, 2);
    if !left_out.is_empty() {
        let text = format!("left out for width: {} (see the JSON)", left_out.join(", "));
        for line in hanging("  ", &text, style.columns()) {
            out.push_str(&style.paint(Ink::Quiet, &line));
            out.push('\n');
        }
    }
    out
}

/// The table with these columns beside those that it has.
fn filled(table: &Table, part: &Part, columns: &[&String], notes: &mut Footnotes) -> Table {
    let mut table = table.clone();
    for name in columns {
        let (column, cells) = figures(name, &part.rows, notes);
        table.column(column, cells);
    }
    table
}

/// Marks of ten and more take a character beyond the trial's.
const MARK_SPARE: usize = 1;

/// One column of figures: unit in the head, one number of decimals throughout.
fn figures(name: &str, rows: &[Row], notes: &mut Footnotes) -> (Column, Vec<Cell>) {
    let metrics = || rows.iter().filter_map(|row| row.metrics.get(name));
    let unit = metrics().next().map_or("", |metric| metric.unit.as_str());
    let (notation, shown) = names::notation(name, unit);
    let values: Vec<f64> =
        metrics().filter_map(|metric| metric.value).map(|value| notation.scale(value)).collect();
    let decimals = common_decimals(notation, &values);
    let cells = rows.iter().map(|row| cell(row.metrics.get(name), notation, decimals, notes));
    (Column::right(&names::head(name)).under(&shown), cells.collect())
}

fn cell(
    metric: Option<&Metric>,
    notation: Notation,
    decimals: usize,
    notes: &mut Footnotes,
) -> Cell {
    let Some(metric) = metric else { return Cell::plain("") };
    let mark = metric.reason.as_ref().map(|reason| notes.mark(reason)).unwrap_or_default();
    match metric.value.filter(|value| value.is_finite()) {
        Some(value) => Cell::plain(number::fixed(notation.scale(value), decimals)).marked(&mark),
        None => Cell::plain(UNMEASURED).marked(&mark),
    }
}

/// As many decimals as the largest value deserves, and as many more as the
/// smallest needs for two digits.
pub(crate) fn common_decimals(notation: Notation, scaled: &[f64]) -> usize {
    let sizes = || scaled.iter().map(|value| value.abs()).filter(|value| *value > 0.0);
    match notation {
        Notation::Whole | Notation::Percent => {
            sizes().map(|value| notation.decimals(value)).max().unwrap_or(0)
        }
        Notation::Short | Notation::Bytes | Notation::Rate => {
            if sizes().next().is_none() {
                return 0;
            }
            let largest = sizes().fold(0.0, f64::max);
            let smallest = sizes().fold(f64::INFINITY, f64::min);
            let two_digits = match smallest {
                v if v >= 10.0 => 0,
                v if v >= 1.0 => 1,
                v if v >= 0.1 => 2,
                _ => 3,
            };
            notation.decimals(largest).max(two_digits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_number_of_decimals() {
        assert_eq!(common_decimals(Notation::Short, &[812.44, 31.2]), 1);
        assert_eq!(common_decimals(Notation::Short, &[27_215.0, 83.2]), 0);
        assert_eq!(common_decimals(Notation::Short, &[27_215.0, 3.2]), 1);
        assert_eq!(common_decimals(Notation::Whole, &[128.0, 4_096.0]), 0);
        assert_eq!(common_decimals(Notation::Percent, &[100.0, 84.61]), 1);
        assert_eq!(common_decimals(Notation::Short, &[0.0]), 0);
    }
}
