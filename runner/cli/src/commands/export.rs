//! `tacho export`: a result as a file to keep.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tachograph_model::{Digest, ExitCode, RunResult};
use tachograph_report::KeptRun;

use super::note;
use crate::{error::CliError, printer, world::World};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One self-contained page with plots; no scripts, nothing fetched.
    Html,
    /// GitHub-flavoured Markdown.
    Md,
    /// One line a metric.
    Csv,
    /// One JSON object a request.
    Jsonl,
    /// Text for Prometheus' textfile collector.
    Prometheus,
    /// The result, indented.
    Json,
}

impl Format {
    /// The format that the end of a file's name tells.
    fn of(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_str()?.to_ascii_lowercase();
        match end.as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Md),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "prom" => Some(Self::Prometheus),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Format {
    fn text(self, result: &RunResult, id: &Digest) -> String {
        match self {
            Self::Html => tachograph_report::html(result, Some(id)),
            Self::Md => tachograph_report::markdown(result, Some(id)),
            Self::Csv => tachograph_report::csv(result, Some(id)),
            Self::Jsonl => tachograph_report::jsonl(result, Some(id)),
            Self::Prometheus => tachograph_report::prometheus(result, Some(id)),
            Self::Json => tachograph_report::json(result),
        }
    }
}

/// The shapes that developers of engines keep, drawn from `profile-v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// Phases in one Markdown document, newest first, each against the one before.
    Phase,
    /// Markdown notes on one run, with a row for each of its repetitions.
    Notes,
    /// A screen of text: latency, throughput, token timing, memory.
    Summary,
    /// A table of plain text over sequence lengths.
    Table,
}

const EXAMPLES: &str = "\
Examples:
  tacho export latest -o run.html
  tacho export latest --style phase --history -o BENCHMARKS.md
  tacho export latest --style notes -o PERFORMANCE.md
  tacho export latest --style summary

Sections of a style whose workload the run does not have are left out. What was
not measured is a dash with a note, never a zero. `tacho note` writes the notes
that a phase shows.";

/// Write a run as a page, a document or a table to keep.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// The format; without it the end of FILE tells.
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// A shape of its own instead of a format.
    #[arg(short, long, value_enum, conflicts_with = "format")]
    style: Option<Shape>,
    /// With `--style phase`: this many runs before it, of the same suite and model,
    /// as earlier phases.
    #[arg(
        long, requires = "style", value_name = "N", num_args = 0..=1, require_equals = true,
        default_missing_value = "9",
        value_parser = clap::value_parser!(u16).range(1..),
    )]
    history: Option<u16>,
    /// The file to write; without it, or with `-`, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(command: &Export) -> Result<ExitCode, CliError> {
    let file = command.output.as_deref().filter(|path| *path != Path::new("-"));
    if command.history.is_some() && command.style != Some(Shape::Phase) {
        return Err(CliError::Usage("--history goes with --style phase".to_owned()));
    }
    let world = World::open()?;
    let run = world.archive()?.find(&command.run)?;
    let (result, id) = (run.result()?, run.run_id());
    let text = match command.style {
        Some(shape) => shape.text(&world, &result, id, command.history.unwrap_or(0))?,
        None => command.format.or_else(|| Format::of(file?)).map_or_else(
            || {
                Err(CliError::Usage(
                    "which format? --format html, md, csv, jsonl, prometheus or json; or --style"
                        .into(),
                ))
            },
            |format| Ok(format.text(&result, &id)),
        )?,
    };
    match file {
        Some(path) => {
            // Whole or not at all: a collector may be reading the folder.
            tachograph_trust::write_atomic(path, text.as_bytes())
                .map_err(CliError::disk("write", path))?;
            printer::talk(&format!("{}: written to {}", id.short(), path.display()));
        }
        None => printer::bytes(text.as_bytes())?,
    }
    Ok(ExitCode::Ok)
}

impl Shape {
    fn text(
        self,
        world: &World,
        result: &RunResult,
        id: Digest,
        earlier: u16,
    ) -> Result<String, CliError> {
        let notes = |id: &Digest| -> Result<Vec<String>, CliError> {
            Ok(note::read(&note::folder(world, id))?.into_iter().map(|note| note.text).collect())
        };
        let kept = KeptRun { id: id.to_string(), result, notes: notes(&id)? };
        Ok(match self {
            Self::Phase => {
                let (runs, _) = world.archive()?.list()?;
                let same = |other: &RunResult| {
                    other.suite.pin.name == result.suite.pin.name
                        && other.model.id == result.model.id
                        && other.started_unix_s <= result.started_unix_s
                };
                let before = runs.iter().filter(|run| run.id != id && same(&run.result));
                let mut phases = vec![kept];
                for run in before.take(earlier.into()) {
                    let (id, result) = (run.id.to_string(), &run.result);
                    phases.push(KeptRun { id, result, notes: notes(&run.id)? });
                }
                tachograph_report::phases(&phases)
            }
            Self::Notes => tachograph_report::performance_notes(&kept),
            Self::Summary => tachograph_report::summary(result, None),
            Self::Table => tachograph_report::length_table(result).ok_or_else(|| {
                CliError::Usage(
                    "the run has no `sequence-sweep`: tacho run profile-v1 --workload \
                     sequence-sweep measures it"
                        .to_owned(),
                )
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_tells_the_format() {
        for (name, want) in [
            ("a/report.HTML", Some(Format::Html)),
            ("notes.md", Some(Format::Md)),
            ("tacho.prom", Some(Format::Prometheus)),
            ("x.jsonl", Some(Format::Jsonl)),
            ("x.txt", None),
            ("html", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), want, "{name}");
        }
    }
}
