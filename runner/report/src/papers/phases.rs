//! Phases of one engine in one document, newest first.

use super::{page::Page, phase::phase};
use crate::history::KeptRun;

/// Runs as phases, in the order given, which is newest first: each against the one
/// after it in the list. Notes on a run stand in its phase.
///
/// A phase has the sections that its run measured, out of test configuration,
/// limits, throughput, latency, memory, scalability, breakdown and a summary
/// against the phase before. Runs that may not be compared have no changes and
/// say why.
pub fn phases(runs: &[KeptRun<'_>]) -> String {
    let mut page = Page::default();
    page.heading(1, "Benchmarks");
    for (index, run) in runs.iter().enumerate() {
        if index > 0 {
            page.rule();
        }
        phase(&mut page, run, runs.get(index + 1), index == 0);
    }
    page.done()
}
