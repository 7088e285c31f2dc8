//! Runs over time: one figure, its trend, and what was noted.

use std::collections::BTreeMap;

use serde::Serialize;
use tachograph_metrics::compare::{Figure, Run, RunLabel, Verdict, change_of, series};
use tachograph_model::{Metric, MetricSource, RunResult};

use crate::{
    compare::{paragraph, percent, short_id},
    date::utc,
    names,
    number::UNMEASURED,
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, cut_middle},
};

/// The most points of a sparkline.
const POINTS: usize = 48;

/// A run that is kept, with what was noted about it.
#[derive(Debug, Clone)]
pub struct KeptRun<'a> {
    /// The run id.
    pub id: String,
    /// The result.
    pub result: &'a RunResult,
    /// The notes, oldest first.
    pub notes: Vec<String>,
}

/// One run of a history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryRow {
    /// The run id.
    pub id: String,
    /// When it began, seconds since 1970.
    pub started_unix_s: u64,
    /// The backend's name.
    pub backend: String,
    /// The backend's version.
    pub backend_version: Option<String>,
    /// The model.
    pub model: String,
    /// Its quantization.
    pub quantization: String,
    /// The suite with its profile, for example `suite-v2 standard`.
    pub suite: String,
    /// The hash of the machine's fingerprint.
    pub machine: String,
    /// Which series it belongs to, from 0: runs of a series differ in versions
    /// of the backend and of `tacho` at most.
    pub series: usize,
    /// The figure; null where this run has none.
    pub value: Option<f64>,
    /// The change against the previous run of the series.
    pub change: Option<Figure>,
    /// The run that it is against.
    pub previous: Option<String>,
    /// The notes, oldest first.
    pub notes: Vec<String>,
}

/// One figure over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Always `history`.
    pub kind: &'static str,
    /// The version of this format: 1.
    pub schema: u32,
    /// The workload.
    pub workload: String,
    /// The metric.
    pub metric: String,
    /// Its unit, where a run has it.
    pub unit: Option<String>,
    /// The runs, oldest first.
    pub runs: Vec<HistoryRow>,
}

/// The history of one figure over runs that have the workload, of which the
/// newest `limit` are kept. The runs may come in any order.
pub fn history(runs: &[KeptRun<'_>], workload: &str, metric: &str, limit: usize) -> History {
    let mut runs: Vec<&KeptRun<'_>> = runs.iter().collect();
    runs.sort_by(|a, b| (a.result.started_unix_s, &a.id).cmp(&(b.result.started_unix_s, &b.id)));
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: BTreeMap<usize, Run<'_>> = BTreeMap::new();
    let mut unit = None;
    let having: Vec<(&KeptRun<'_>, Run<'_>, String)> = runs
        .into_iter()
        .filter_map(|kept| {
            let run = Run { id: kept.id.clone(), result: kept.result };
            let key = series(&run, workload)?;
            Some((kept, run, key))
        })
        .collect();
    let mut rows = Vec::new();
    // The run before the first that is shown is what that one is compared with.
    let skipped = having.len().saturating_sub(limit);
    for (index, (kept, run, key)) in having.into_iter().enumerate() {
        let next = numbers.len();
        let number = *numbers.entry(key).or_insert(next);
        let figure = run.workload(workload).and_then(|w| w.report.summary.get(metric)).cloned();
        let value = figure.as_ref().and_then(|figure| figure.value);
        if index >= skipped {
            unit = unit.or(figure.map(|figure| figure.unit));
            let previous = last.get(&number).filter(|_| value.is_some());
            rows.push(HistoryRow {
                id: kept.id.clone(),
                started_unix_s: kept.result.started_unix_s,
                backend: kept.result.backend.info.name.clone(),
                backend_version: kept.result.backend.info.version.clone(),
                model: kept.result.model.id.clone(),
                quantization: kept.result.model.quantization.clone(),
                suite: RunLabel::of(&run).suite,
                machine: kept.result.fingerprint.hash.to_string(),
                series: number,
                value,
                change: previous.and_then(|before| change_of(before, &run, workload, metric)),
                previous: previous.map(|before| before.id.clone()),
                notes: kept.notes.clone(),
            });
        }
        if value.is_some() {
            last.insert(number, run);
        }
    }
    renumber(&mut rows);
    History {
        kind: "history",
        schema: 1,
        workload: workload.to_owned(),
        metric: metric.to_owned(),
        unit,
        runs: rows,
    }
}

/// Numbers the series that are shown from 0, in the order of their first runs.
fn renumber(rows: &mut [HistoryRow]) {
    let mut shown: Vec<usize> = Vec::new();
    for row in rows {
        let at = shown.iter().position(|&known| known == row.series).unwrap_or_else(|| {
            shown.push(row.series);
            shown.len() - 1
        });
        row.series = at;
    }
}

/// A history as indented JSON with a newline at its end.
pub fn history_json(history: &History) -> String {
    // A history has only text keys, so it always has a JSON form.
    serde_json::to_string_pretty(history).map(|text| text + "\n").unwrap_or_default()
}

/// A history as text: the runs, oldest first, and a line for each series.
pub fn history_text(history: &History, style: Style) -> String {
    let label = names::label(&history.metric);
    let mut out = String::new();
    let title = format!("{} of {}", label, history.workload);
    paragraph(&mut out, "", &title, Ink::Strong, style);
    if history.runs.is_empty() {
        paragraph(&mut out, "", "No kept run has this workload.", Ink::Plain, style);
        return out;
    }
    let unit = history.unit.clone().unwrap_or_default();
    let (_, shown) = names::notation(&history.metric, &unit);
    let mut table = Table::new(vec![
        Column::left(""),
        Column::left("run"),
        Column::left("started"),
        Column::left("version").name(),
        Column::right(&shown),
        Column::right("change"),
        Column::left("verdict"),
    ]);
    let dates: Vec<String> = history.runs.iter().map(|row| utc(row.started_unix_s)).collect();
    let year = |date: &str| date.split('-').next().unwrap_or_default().to_owned();
    let same_year = dates.iter().all(|date| year(date) == year(&dates[0]));
    for (row, date) in history.runs.iter().zip(&dates) {
        let date = date.trim_end_matches(" UTC");
        let date = date.split_once('-').filter(|_| same_year).map_or(date, |(_, rest)| rest);
        let version = row.backend_version.as_deref().unwrap_or_default();
        let (ink, word) = word(row.change.as_ref());
        let change = row.change.as_ref().and_then(|figure| figure.change);
        table.row(vec![
            Cell::new(Ink::Quiet, &letter(row.series)),
            Cell::new(Ink::Strong, &short_id(&row.id)),
            Cell::plain(date),
            Cell::plain(cut(version, 24)),
            Cell::plain(value(history, row.value)),
            Cell::plain(change.map_or_else(String::new, percent)),
            Cell::new(ink, word),
        ]);
    }
    out.push_str(&table.render(style, 0));
    out.push_str(&lines(history, &shown, style));
    let noted = history.runs.iter().filter(|row| !row.notes.is_empty());
    for (index, row) in noted.enumerate() {
        if index == 0 {
            out.push('\n');
        }
        for note in &row.notes {
            paragraph(&mut out, &format!("{}  ", short_id(&row.id)), note, Ink::Plain, style);
        }
    }
    out
}

/// A sparkline for each series, and what it is of.
fn lines(history: &History, unit: &str, style: Style) -> String {
    let mut out = String::new();
    let series = history.runs.iter().map(|row| row.series).max().map_or(0, |most| most + 1);
    for number in 0..series {
        let rows = history.runs.iter().filter(|row| row.series == number);
        let rows: Vec<&HistoryRow> = rows.collect();
        let Some(newest) = rows.last() else { continue };
        let values: Vec<Option<f64>> = rows.iter().map(|row| row.value).collect();
        let seen: Vec<f64> = values.iter().copied().flatten().collect();
        let text = match seen[..] {
            [] => UNMEASURED.to_owned(),
            [only] => format!("{} {unit}", value(history, Some(only))),
            [first, .., last] => format!(
                "{} → {} {unit}, {} runs",
                value(history, Some(first)),
                value(history, Some(last)),
                values.len()
            ),
        };
        out.push('\n');
        let line = sparkline(&values[values.len().saturating_sub(POINTS)..]);
        let head = format!("{}  {line}  ", letter(number));
        paragraph(&mut out, &head, &text, Ink::Plain, style);
        let of = format!(
            "{}, {}, {}, {}",
            cut(&newest.suite, 24),
            cut(&newest.backend, 24),
            cut_middle(&newest.model, 40),
            cut(&newest.quantization, 10)
        );
        paragraph(&mut out, "   ", &of, Ink::Quiet, style);
    }
    out
}

/// Eight heights between the lowest and the highest value; `·` where there is
/// none, the middle where all are equal.
fn sparkline(values: &[Option<f64>]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let seen = || values.iter().copied().flatten().filter(|value| value.is_finite());
    let (low, high) = (seen().fold(f64::MAX, f64::min), seen().fold(f64::MIN, f64::max));
    let bar = |value: &Option<f64>| match value.filter(|value| value.is_finite()) {
        None => '·',
        Some(_) if high <= low => BARS[3],
        Some(value) => BARS[(((value - low) / (high - low) * 7.0).round() as usize).min(7)],
    };
    values.iter().map(bar).collect()
}

/// What a series is called: a, b, …; beyond 26, its number.
fn letter(series: usize) -> String {
    match u8::try_from(series) {
        Ok(series @ 0..26) => char::from(b'a' + series).to_string(),
        _ => (series + 1).to_string(),
    }
}

fn value(history: &History, value: Option<f64>) -> String {
    let unit = history.unit.as_deref().unwrap_or_default();
    let (notation, _) = names::notation(&history.metric, unit);
    let metric = value.map(|value| Metric::measured(value, unit, 1, MetricSource::Client));
    let scaled = metric.and_then(|metric| metric.value).map(|value| notation.scale(value));
    scaled.map_or_else(|| UNMEASURED.to_owned(), |scaled| notation.text(scaled))
}

fn word(change: Option<&Figure>) -> (Ink, &'static str) {
    match change.and_then(|figure| figure.verdict) {
        Some(Verdict::Faster) => (Ink::Good, "faster"),
        Some(Verdict::Slower) => (Ink::Bad, "slower"),
        Some(Verdict::Equivalent) => (Ink::Plain, "equivalent"),
        Some(Verdict::Unclear) => (Ink::Doubt, "unclear"),
        None => (Ink::Quiet, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// Results of the fixture, a day apart, with these decode rates.
    fn results(rates: &[Option<f64>]) -> Vec<RunResult> {
        let day = |(index, rate): (usize, &Option<f64>)| {
            let mut result = fixture::result();
            result.started_unix_s += 86_400 * index as u64;
            let summary = &mut result.workloads[0].report.summary;
            let metric = summary.get_mut("decode_tps").unwrap();
            (metric.value, metric.interval) = (*rate, None);
            result
        };
        rates.iter().enumerate().map(day).collect()
    }

    fn kept(results: &[RunResult]) -> Vec<KeptRun<'_>> {
        let run = |(index, result)| KeptRun {
            id: format!("sha256:{index:04}{}", "ab".repeat(30)),
            result,
            notes: vec![],
        };
        results.iter().enumerate().map(run).collect()
    }

    #[test]
    fn a_figure_over_time() {
        let mut results =
            results(&[Some(80.1), Some(81.2), None, Some(97.5), Some(102.0), Some(60.0)]);
        results[4].backend.info.version = Some("b8000".into());
        results[5].model.quantization = "Q8_0".into();
        let mut runs = kept(&results);
        runs[3].notes.push("flash attention on".into());
        runs[4].notes.push("the new build".into());
        // The archive gives the newest first.
        runs.reverse();
        let text = history_text(&history(&runs, "chat-short", "decode_tps", 20), Style::plain(80));
        insta::assert_snapshot!("history", fixture::fits(&text));
    }

    #[test]
    fn the_change_is_against_the_run_before_even_when_that_is_not_shown() {
        let results = results(&[Some(50.0), Some(75.0)]);
        let history = history(&kept(&results), "chat-short", "decode_tps", 1);
        assert_eq!(history.runs.len(), 1);
        let row = &history.runs[0];
        assert_eq!(row.change.as_ref().unwrap().change, Some(0.5));
        assert!(row.previous.as_ref().unwrap().starts_with("sha256:0000"));
        let json: serde_json::Value = serde_json::from_str(&history_json(&history)).unwrap();
        assert_eq!((&json["kind"], &json["unit"]), (&"history".into(), &"tok/s".into()));
        assert_eq!(json["runs"][0]["change"]["verdict"], "unclear", "one trial proves nothing");
    }

    #[test]
    fn nothing_to_show_is_said() {
        let text = history_text(&history(&[], "chat-short", "decode_tps", 9), Style::plain(80));
        assert_eq!(text, "decode of chat-short\nNo kept run has this workload.\n");
    }

    #[test]
    fn sparklines() {
        assert_eq!(sparkline(&[Some(1.0), Some(8.0), None, Some(4.5)]), "▁█·▅");
        assert_eq!(sparkline(&[Some(3.0), Some(3.0)]), "▄▄");
        assert_eq!(sparkline(&[Some(f64::NAN), Some(3.0)]), "·▄");
    }

    #[test]
    fn odd_names_break_no_table() {
        let mut results = results(&[Some(1.0), Some(1e300)]);
        for result in &mut results {
            result.model.id = fixture::nasty("model");
            result.backend.info.name = fixture::nasty("backend");
            result.backend.info.version = Some(fixture::nasty("1"));
        }
        let mut runs = kept(&results);
        runs[0].notes.push(fixture::nasty("note"));
        let history = history(&runs, "chat-short", "decode_tps", 9);
        fixture::fits(&history_text(&history, Style::plain(80)));
    }
}
