//! `tacho export`: a result as a file to keep.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tachograph_model::ExitCode;

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

/// Write a run as a page, a document or a table to keep.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The first digits of a run id, a result file, or `latest`.
    #[arg(default_value = "latest")]
    run: String,
    /// The format; without it the end of FILE tells.
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// The file to write; without it, or with `-`, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(command: &Export) -> Result<ExitCode, CliError> {
    let file = command.output.as_deref().filter(|path| *path != Path::new("-"));
    let format = command.format.or_else(|| Format::of(file?)).ok_or_else(|| {
        CliError::Usage("which format? --format html, md, csv, jsonl, prometheus or json".into())
    })?;
    let run = World::open()?.archive()?.find(&command.run)?;
    let (result, id) = (run.result()?, run.run_id());
    let text = match format {
        Format::Html => tachograph_report::html(&result, Some(&id)),
        Format::Md => tachograph_report::markdown(&result, Some(&id)),
        Format::Csv => tachograph_report::csv(&result, Some(&id)),
        Format::Jsonl => tachograph_report::jsonl(&result, Some(&id)),
        Format::Prometheus => tachograph_report::prometheus(&result, Some(&id)),
        Format::Json => tachograph_report::json(&result),
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
