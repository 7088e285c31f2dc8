//! Pieces that the reports of all workloads share.

mod assemble;
mod coverage;
mod headline;
mod rows;
mod table;
mod wording;

pub use assemble::Assembly;
pub use coverage::{Coverage, collect_flags};
pub use headline::{headline, itl_metric, request_counts, trial_wall};
pub use rows::{row, trial_rows};
pub use table::{answered, by_condition, measured, ms, value_of};
pub use wording::{clamp_verdict, figure};
