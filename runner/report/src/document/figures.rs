//! Figures as cells.

use tachograph_model::Metric;

use super::{Cell, Column, Notes};
use crate::{
    names::{self, Notation},
    number::{UNMEASURED, fixed},
    terminal::part::common_decimals,
    text::{clean, cut},
};

/// Values from here on are written with an exponent.
const HUGE: f64 = 1e15;
/// Characters that a unit may take.
const UNIT: usize = 24;

/// A scaled value with that many decimals.
fn written(scaled: f64, decimals: usize) -> String {
    match scaled.abs() >= HUGE {
        true => format!("{scaled:.3e}"),
        false => fixed(scaled, decimals),
    }
}

/// A value as plots label it: three to four digits.
pub(crate) fn value_text(value: f64) -> String {
    match value.is_finite() {
        true => written(value, crate::number::decimals(value)),
        false => UNMEASURED.to_owned(),
    }
}

/// One column under `head`: its unit beside it, one number of decimals throughout. Where a
/// row has no such metric, `absent` is the note.
pub(super) fn column(
    name: &str,
    head: &str,
    metrics: &[Option<&Metric>],
    absent: &str,
    notes: &mut Notes,
) -> (Column, Vec<Cell>) {
    let present = || metrics.iter().copied().flatten();
    // The unit of those that are there; a name has one unit.
    let unit = present().next().map_or_else(|| usual_unit(name), |metric| metric.unit.as_str());
    let (notation, shown) = names::notation(name, unit);
    let values: Vec<f64> = present()
        .filter_map(|metric| metric.value.filter(|value| value.is_finite()))
        .map(|value| notation.scale(value))
        .collect();
    let decimals = common_decimals(notation, &values);
    let cells = metrics.iter().map(|metric| match metric {
        Some(metric) => cell(metric, notation, decimals, notes),
        None => Cell { text: UNMEASURED.to_owned(), note: Some(notes.index(absent)) },
    });
    let cells = cells.collect();
    (Column::figures(&cut(&clean(head), UNIT), &cut(&clean(&shown), UNIT)), cells)
}

/// The unit that the end of a name tells.
fn usual_unit(name: &str) -> &'static str {
    match name.rsplit('_').next() {
        Some("ms") => "ms",
        Some("tps") => "tok/s",
        Some("tokens") => "tokens",
        _ => "",
    }
}

fn cell(metric: &Metric, notation: Notation, decimals: usize, notes: &mut Notes) -> Cell {
    let value = metric.value.filter(|value| value.is_finite());
    let text = match value {
        Some(value) => written(notation.scale(value), decimals),
        None => UNMEASURED.to_owned(),
    };
    Cell { text, note: note(metric, notes) }
}

/// The note of a metric: its reason, and for a dash without one that fact.
pub(super) fn note(metric: &Metric, notes: &mut Notes) -> Option<usize> {
    let measured = metric.value.is_some_and(f64::is_finite);
    match &metric.reason {
        Some(reason) => Some(notes.index(reason)),
        None if measured => None,
        None => Some(notes.index("not measured; no reason was given")),
    }
}

/// A single figure with its unit, as a list shows it.
pub(super) fn single(name: &str, metric: &Metric) -> Option<(String, String)> {
    let value = metric.value.filter(|value| value.is_finite())?;
    match value.abs() >= HUGE {
        true => Some((written(value, 0), cut(&clean(&metric.unit), UNIT))),
        false => {
            let (text, unit) = names::value(name, metric)?;
            Some((text, cut(&clean(&unit), UNIT)))
        }
    }
}

/// The ends of an interval, of a figure that has a value.
pub(super) fn interval(name: &str, metric: &Metric) -> Option<String> {
    let ends = metric.interval.as_ref().filter(|_| metric.value.is_some())?;
    match ends.low.abs().max(ends.high.abs()) >= HUGE {
        true => Some(format!("{:.3e} … {:.3e}", ends.low, ends.high)),
        false => names::interval(name, metric),
    }
}
