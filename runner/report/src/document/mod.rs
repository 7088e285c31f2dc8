//! A result as titles, tables and notes, before it gets a format.
//!
//! Every text in it is one clean line, without control characters; a format
//! only has to escape what is special to itself.

mod checks;
mod facts;
mod figures;
mod overview;
mod section;

use tachograph_model::{Digest, Flag, RunResult, WorkloadStatus};

use crate::{advice::advice, date::utc, terminal::grouped, text::clean};

pub(crate) use figures::value_text;

/// Messages of one doubt that are shown before the rest is counted.
const SAME_CODE: usize = 5;

/// A whole result.
#[derive(Debug)]
pub(crate) struct Document {
    /// For example `suite-v2 · quick profile`.
    pub title: String,
    /// When it was measured, and by what.
    pub measured: String,
    /// How many workloads gave figures.
    pub verdict: String,
    /// Marks that set it apart from a result that ranks.
    pub marks: Vec<String>,
    /// What was measured, where and how.
    pub facts: Vec<Fact>,
    /// One line a workload.
    pub overview: Table,
    /// The notes of the overview.
    pub overview_notes: Vec<String>,
    /// The workloads.
    pub sections: Vec<Section>,
    /// What the harness says of itself.
    pub harness: Vec<Fact>,
    /// What the evidence showed, check by check; empty where none was made.
    pub evidence: Vec<Fact>,
    /// Whose word the evidence is.
    pub claims: &'static str,
    /// Doubts about the whole run.
    pub doubts: Vec<Doubt>,
    /// What the figures do not say.
    pub limits: &'static str,
    /// How to check the result.
    pub checks: Vec<Check>,
}

/// A word and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    /// For example `backend`.
    pub word: String,
    /// For example `llama.cpp b7423`.
    pub text: String,
}

impl Fact {
    fn new(word: &str, text: impl AsRef<str>) -> Self {
        Self { word: clean(word), text: clean(text.as_ref()) }
    }
}

/// A workload.
#[derive(Debug)]
pub(crate) struct Section {
    /// The id of the workload.
    pub id: String,
    /// Whether it gave figures.
    pub status: WorkloadStatus,
    /// The verdict, or the reason why there is none.
    pub words: Vec<String>,
    /// The headline figures, then the tables of the report.
    pub tables: Vec<Table>,
    /// The notes of all its tables.
    pub notes: Vec<String>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
    /// Doubts about it.
    pub doubts: Vec<Doubt>,
}

/// A table; the first cell of a row names the row.
#[derive(Debug)]
pub(crate) struct Table {
    /// What it shows.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// For example `decode`.
    pub head: String,
    /// For example `tok/s`; may be empty.
    pub unit: String,
    /// Whether it holds figures, which stand at the right.
    pub figures: bool,
}

impl Column {
    fn words(head: &str) -> Self {
        Self { head: clean(head), unit: String::new(), figures: false }
    }

    fn figures(head: &str, unit: &str) -> Self {
        Self { head: clean(head), unit: clean(unit), figures: true }
    }
}

/// A cell, with the index of its note.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// The text; a dash where nothing was measured.
    pub text: String,
    /// The note, counted from 0.
    pub note: Option<usize>,
}

impl Cell {
    fn text(text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), note: None }
    }
}

/// Flags of one code.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// The code.
    pub code: String,
    /// What was seen.
    pub messages: Vec<String>,
    /// What to do about it.
    pub advice: Option<&'static str>,
}

/// A way to check the result.
#[derive(Debug)]
pub(crate) struct Check {
    /// What it shows.
    pub what: &'static str,
    /// The command.
    pub command: String,
}

/// What every set of figures leaves out.
const LIMITS: &str = "The prompts are fixed and synthetic: this is a benchmark, not production \
     traffic. Figures hold for this machine, model, server and settings, and change with prompt \
     length, concurrency and memory pressure.";

/// Whose word the checks of the evidence are.
const CLAIMS: &str = "As the result says of itself. Whoever has its tape makes these checks anew \
     with `tacho replay`, or from a dispute with `tacho dispute inspect`.";

impl Document {
    /// A result as a document; `run` is the run id, when it is known.
    pub(crate) fn of(result: &RunResult, run: Option<&Digest>) -> Self {
        let (overview, overview_notes) = overview::overview(result);
        Self {
            title: format!(
                "{} · {} profile",
                result.suite.pin.name,
                crate::terminal::header::profile(result)
            ),
            measured: clean(&format!(
                "{} by tacho {}",
                utc(result.started_unix_s),
                result.runner.version
            )),
            verdict: overview::verdict(result),
            marks: crate::terminal::header::marks(result).iter().map(|mark| clean(mark)).collect(),
            facts: facts::facts(result, run),
            overview,
            overview_notes,
            sections: result.workloads.iter().map(|w| section::section(&w.report)).collect(),
            harness: facts::harness(result),
            evidence: facts::evidence(result),
            claims: CLAIMS,
            doubts: doubts(&result.flags),
            limits: LIMITS,
            checks: checks::checks(result, run),
        }
    }
}

/// Notes of one section; equal texts share an index.
#[derive(Debug, Default)]
struct Notes(Vec<String>);

impl Notes {
    fn index(&mut self, note: &str) -> usize {
        let note = clean(note);
        self.0.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        })
    }
}

/// A status in a word.
pub(crate) fn status_word(status: WorkloadStatus) -> &'static str {
    crate::terminal::workload::status(status).0
}

fn doubts(flags: &[Flag]) -> Vec<Doubt> {
    let doubt = |(code, messages): (&str, Vec<&str>)| {
        let mut shown: Vec<String> = messages.iter().take(SAME_CODE).map(|m| clean(m)).collect();
        if messages.len() > SAME_CODE {
            shown.push(format!("and {} more of this code", messages.len() - SAME_CODE));
        }
        Doubt { code: clean(code), messages: shown, advice: advice(code) }
    };
    grouped(flags).into_iter().map(doubt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn texts(document: &Document) -> Vec<String> {
        // The debug form holds every text, with its controls escaped.
        format!("{document:#?}").lines().map(str::to_owned).collect()
    }

    #[test]
    fn no_text_of_a_server_has_controls() {
        for line in texts(&Document::of(&fixture::hostile_result(), None)) {
            for sign in ["\\u{1b}", "\\u{202e}", "\\n", "\\r", "\\t"] {
                assert!(!line.contains(sign), "{line}");
            }
        }
    }

    #[test]
    fn rows_have_as_many_cells_as_columns_and_notes_exist() {
        for result in [fixture::result(), fixture::bare_result(), fixture::hostile_result()] {
            let document = Document::of(&result, None);
            let overview = (&document.overview, document.overview_notes.len());
            let tables = document
                .sections
                .iter()
                .flat_map(|section| section.tables.iter().map(|t| (t, section.notes.len())));
            for (table, notes) in tables.chain([overview]) {
                for row in &table.rows {
                    assert_eq!(row.len(), table.columns.len(), "{}", table.caption);
                    assert!(row.iter().filter_map(|cell| cell.note).all(|note| note < notes));
                }
            }
        }
    }

    #[test]
    fn a_dash_has_a_note() {
        let document = Document::of(&fixture::result(), None);
        let mut dashes = 0;
        for section in &document.sections {
            for cell in section.tables.iter().flat_map(|table| table.rows.iter().flatten()) {
                assert!(cell.text != "—" || cell.note.is_some(), "{}: {cell:?}", section.id);
                dashes += usize::from(cell.text == "—");
            }
        }
        for cell in document.overview.rows.iter().flatten() {
            assert!(cell.text != "—" || cell.note.is_some(), "{cell:?}");
        }
        assert!(dashes > 3);
    }

    #[test]
    fn doubts_of_one_code_are_counted() {
        let many: Vec<Flag> = (0..9).map(|n| Flag::new("starved", format!("step {n}"))).collect();
        let shown = doubts(&many);
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].messages.last().unwrap(), "and 4 more of this code");
        assert_eq!(shown[0].advice, advice("starved"));
    }
}
