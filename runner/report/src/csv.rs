//! The figures of a result as CSV.

use tachograph_model::{Digest, Metric, RunResult, WorkloadReport};

use crate::{date::utc, terminal::workload::source, text::clean};

/// The columns.
const HEAD: &[&str] = &[
    "run",
    "started_utc",
    "suite",
    "profile",
    "backend",
    "backend_version",
    "model",
    "quantization",
    "workload",
    "status",
    "part",
    "key",
    "at",
    "label",
    "metric",
    "value",
    "unit",
    "n",
    "measured_by",
    "low",
    "high",
    "interval",
    "note",
];

/// A result as CSV (RFC 4180): a line of heads, then one line a metric. `run`
/// is the run id, when it is known.
///
/// Figures are written in full; an empty `value` was not measured, and `note`
/// says why. The columns `part` to `label` are empty for headline figures. A
/// text that a spreadsheet would take for a formula begins with `'`.
pub fn csv(result: &RunResult, run: Option<&Digest>) -> String {
    let mut out = line(HEAD.iter().map(|head| (*head).to_owned()));
    let info = &result.backend.info;
    let run = run.map(ToString::to_string).unwrap_or_default();
    let started = utc(result.started_unix_s);
    let of_run = [
        text(&run),
        text(started.trim_end_matches(" UTC")),
        text(&result.suite.pin.to_string()),
        text(crate::terminal::header::profile(result)),
        text(&info.name),
        text(info.version.as_deref().unwrap_or_default()),
        text(&result.model.id),
        text(&result.model.quantization),
    ];
    for entry in &result.workloads {
        let report = &entry.report;
        for (name, metric) in &report.summary {
            out.push_str(&row(&of_run, report, Default::default(), name, metric));
        }
        for part in &report.parts {
            for at in &part.rows {
                let place = [
                    text(&part.title),
                    text(&part.key),
                    at.at.to_string(),
                    text(at.label.as_deref().unwrap_or_default()),
                ];
                for (name, metric) in &at.metrics {
                    out.push_str(&row(&of_run, report, place.clone(), name, metric));
                }
            }
        }
    }
    out
}

fn row(
    of_run: &[String],
    report: &WorkloadReport,
    place: [String; 4],
    name: &str,
    metric: &Metric,
) -> String {
    let interval = metric.interval.as_ref();
    let cells = of_run
        .iter()
        .cloned()
        .chain([text(&report.workload), text(crate::document::status_word(report.status))])
        .chain(place)
        .chain([
            text(name),
            number(metric.value),
            text(&metric.unit),
            metric.n.to_string(),
            text(source(metric.source)),
            number(interval.map(|ends| ends.low)),
            number(interval.map(|ends| ends.high)),
            text(interval.map_or("", |ends| &ends.method)),
            text(metric.reason.as_deref().unwrap_or_default()),
        ]);
    line(cells)
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("{}\r\n", cells.collect::<Vec<_>>().join(","))
}

/// A number with all its digits; nothing for what is no number.
fn number(value: Option<f64>) -> String {
    let number = value.and_then(serde_json::Number::from_f64);
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A text as a cell: clean, no formula, quoted where it must be.
fn text(text: &str) -> String {
    let mut text = clean(text);
    // Also the full-width forms, which some spreadsheets take for the others.
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        text.insert(0, '\'');
    }
    match text.contains([',', '"', '\'', ';']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// The records of a CSV text, as RFC 4180 reads it.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut cell) = (vec![], vec![], String::new());
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
                '"' => quoted = !quoted,
                ',' if !quoted => record.push(std::mem::take(&mut cell)),
                '\r' if !quoted && chars.peek() == Some(&'\n') => {
                    chars.next();
                    record.push(std::mem::take(&mut cell));
                    records.push(std::mem::take(&mut record));
                }
                c => cell.push(c),
            }
        }
        assert!(record.is_empty() && cell.is_empty() && !quoted, "the last line is whole");
        records
    }

    #[test]
    fn the_lines_of_two_workloads() {
        let mut result = fixture::result();
        result.workloads.truncate(3);
        result.workloads[2].report.parts[0].rows.truncate(1);
        insta::assert_snapshot!("csv", csv(&result, Some(&result.tape)).replace("\r\n", "\n"));
    }

    #[test]
    fn every_metric_is_one_line_and_keeps_its_bits() {
        for result in [fixture::result(), fixture::bare_result(), fixture::hostile_result()] {
            let records = read(&csv(&result, None));
            let reports = || result.workloads.iter().map(|entry| &entry.report);
            let rows = reports().flat_map(|r| r.parts.iter().flat_map(|part| &part.rows));
            let metrics: Vec<&Metric> = reports()
                .flat_map(|report| report.summary.values())
                .chain(rows.flat_map(|row| row.metrics.values()))
                .collect();
            assert_eq!(records.len(), 1 + metrics.len());
            let value = HEAD.iter().position(|head| *head == "value").unwrap();
            let mut written: Vec<u64> = records[1..]
                .iter()
                .filter_map(|record| record[value].parse::<f64>().ok())
                .map(f64::to_bits)
                .collect();
            let mut had: Vec<u64> = metrics
                .iter()
                .filter_map(|metric| metric.value.filter(|value| value.is_finite()))
                .map(f64::to_bits)
                .collect();
            written.sort_unstable();
            had.sort_unstable();
            assert_eq!(written, had);
            assert!(records.iter().all(|record| record.len() == HEAD.len()));
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        assert_eq!(text("=1+1"), "\"'=1+1\"");
        assert_eq!(text(" \t@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(text("-2"), "\"'-2\"");
        assert_eq!(text("say \"a, b\""), "\"say \"\"a, b\"\"\"");
        assert_eq!(text("plain — text"), "plain — text");
        assert_eq!(number(Some(-2.5)), "-2.5");
        assert_eq!(number(Some(f64::NAN)), "");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_back_clean(words in "\\PC{0,40}") {
            let cell = text(&words);
            let records = read(&format!("{cell},x\r\n"));
            let read = records[0][0].trim_start_matches('\'');
            let clean = clean(&words);
            proptest::prop_assert_eq!(read, clean.trim_start_matches('\''));
        }
    }
}
