//! A result on a screen or two: each headline figure once.

mod figures;
mod grid;
mod harness;
mod header;
mod workload;

pub(super) use harness::harness;
pub(super) use header::header;
pub(super) use workload::workload;

use super::labelled;
use crate::style::Style;

/// A short word, then text, aligned under other such lines.
fn field(word: &str, text: &str, style: Style) -> String {
    labelled(&format!("  {word:<7}  "), text, style)
}
