//! Results as text for people, and as JSON.
//!
//! Every function is pure: data in, a `String` out, nothing printed. Text is
//! laid out for [`Style::width`] columns, is readable without colour, and
//! carries no control characters from servers or plugins. What was not measured
//! is a dash with a footnote that gives the reason, never a zero.

mod advice;
mod backends;
mod compare;
mod csv;
mod date;
mod document;
mod evidence;
mod explain;
mod fingerprint;
mod footnotes;
mod history;
mod html;
mod imported;
mod json;
mod jsonl;
mod machine;
mod markdown;
mod markup;
mod models;
mod names;
mod number;
mod papers;
mod plugin;
mod prometheus;
mod roof;
mod runs;
mod side_by_side;
mod style;
mod suites;
mod svg;
mod table;
mod telemetry;
mod terminal;
mod text;

#[cfg(test)]
mod fixture;

pub use advice::advice;
pub use backends::{DetectRow, DetectStatus, backends_table};
pub use compare::{comparison_json, comparison_text};
pub use csv::csv;
pub use date::utc;
pub use evidence::{checks_text, level_meaning, reproduction_text};
pub use explain::{Certainty, Checked, Explanation, Suspicion, explain, explanation_text};
pub use fingerprint::fingerprint_text;
pub use history::{History, HistoryRow, KeptRun, history, history_json, history_text};
pub use html::html;
pub use imported::imported_table;
pub use json::json;
pub use jsonl::jsonl;
pub use markdown::markdown;
pub use models::models_table;
pub use number::{bytes, duration, rate, thousands};
pub use papers::{length_table, performance_notes, phases, summary};
pub use plugin::{PluginFacts, plugin_card};
pub use prometheus::prometheus;
pub use runs::{RunRow, runs_table};
pub use side_by_side::side_by_side;
pub use style::Style;
pub use suites::{SuiteRow, suites_table};
pub use terminal::{Detail, terminal, workload};
pub use text::printable;
