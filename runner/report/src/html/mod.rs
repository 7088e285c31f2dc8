//! A result as one self-contained HTML file.
//!
//! It has no scripts and asks for nothing outside itself; a content security
//! policy in the file holds it to that. Plots are inline SVG. Colours follow the
//! reader's light or dark setting; on paper they are the light ones.

mod meanwhile;
mod page;
mod plots;
mod style;
mod table;

use tachograph_model::{Digest, RunResult};

use crate::document::Document;

/// A result as one HTML page; `run` is the run id, when it is known.
///
/// Every text that a server or a plugin wrote is escaped. Figures that were not
/// measured are dashes with a note that gives the reason.
pub fn html(result: &RunResult, run: Option<&Digest>) -> String {
    let document = Document::of(result, run);
    page::page(&document, &plots::plots(result))
}

#[cfg(test)]
mod tests;
