//! Reports in the shapes that developers of engines keep.
//!
//! | shape | what it is |
//! |---|---|
//! | [`phases`] | a document of phases, newest first, each against the one before |
//! | [`performance_notes`] | notes on one run, with a row for each repetition |
//! | [`summary`] | a screen of text: latency, throughput, tokens, memory |
//! | [`length_table`] | a table over sequence lengths |
//!
//! They draw on the workloads of `profile-v1`; a section whose workload the run
//! does not have is left out. A cell without a figure is a dash with a note.

mod change;
mod figures;
mod length_table;
mod notes;
mod page;
mod phase;
mod phases;
mod sections;
mod summary;

#[cfg(test)]
mod tests;

pub use length_table::length_table;
pub use notes::performance_notes;
pub use phases::phases;
pub use summary::summary;
