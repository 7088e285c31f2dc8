//! The list of runs.

use tachograph_model::EvidenceLevel;

use crate::{
    date::utc,
    number::{UNMEASURED, short as short_number},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, cut_middle},
};

/// One run of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// The run id; the first eight characters behind any `sha256:` are shown.
    pub id: String,
    /// When it began, seconds since 1970.
    pub started_unix_s: u64,
    /// The name of the suite, for example `suite-v2`.
    pub suite: String,
    /// The profile.
    pub profile: String,
    /// The backend's name.
    pub backend: String,
    /// The model.
    pub model: String,
    /// Decode rate of the first workload, tokens per second.
    pub decode_tps: Option<f64>,
    /// How far it has been checked here.
    pub level: EvidenceLevel,
    /// How much is done, for example `5/5` workloads, `sealed` or `interrupted`.
    pub status: String,
}

/// How a suite and its profile are written, the roomiest first.
const SUITE: [fn(&RunRow) -> String; 2] = [
    |row| with_profile(&row.suite, &row.profile),
    |row| with_profile(bare(&row.suite), &row.profile),
];

/// Runs as a table, in the order given.
pub fn runs_table(rows: &[RunRow], style: Style) -> String {
    if rows.is_empty() {
        return "No runs yet. `tacho run` makes one.\n".to_owned();
    }
    let with_clock = SUITE.iter().map(|suite| (suite, true));
    // The hour tells less than a name.
    let without = SUITE.iter().skip(1).map(|suite| (suite, false));
    let tables: Vec<Table> =
        with_clock.chain(without).map(|(suite, clock)| table(rows, *suite, clock)).collect();
    let fits = tables.iter().find(|table| table.natural_width() <= style.columns());
    fits.or(tables.last()).map(|table| table.render(style, 0)).unwrap_or_default()
}

fn table(rows: &[RunRow], suite: fn(&RunRow) -> String, clock: bool) -> Table {
    let mut table = Table::new(vec![
        Column::left("run"),
        Column::left("started"),
        Column::left("suite"),
        Column::left("backend").name(),
        Column::left("model").name(),
        Column::right("tok/s"),
        Column::left("done"),
        Column::left("evidence"),
    ]);
    let dates: Vec<String> = rows.iter().map(|row| utc(row.started_unix_s)).collect();
    // The year tells nothing where all runs share it.
    let year = |date: &String| date.split('-').next().unwrap_or_default().to_owned();
    let same_year = dates.iter().all(|date| year(date) == year(&dates[0]));
    for (row, date) in rows.iter().zip(&dates) {
        let id = row.id.strip_prefix("sha256:").unwrap_or(&row.id);
        let date = date.trim_end_matches(" UTC");
        let short = date.split_once('-').filter(|_| same_year).map_or(date, |(_, rest)| rest);
        let short = short.split_once(' ').filter(|_| !clock).map_or(short, |(day, _)| day);
        let ink = if all_done(&row.status) { Ink::Good } else { Ink::Doubt };
        table.row(vec![
            Cell::new(Ink::Strong, &id.chars().take(8).collect::<String>()),
            Cell::plain(short),
            Cell::plain(cut(&suite(row), 20)),
            Cell::plain(cut(&row.backend, 24)),
            Cell::plain(cut_middle(&row.model, 40)),
            Cell::plain(row.decode_tps.map_or_else(|| UNMEASURED.to_owned(), short_number)),
            Cell::new(ink, &cut(&row.status, 12)),
            Cell::new(Ink::Quiet, &row.level.to_string()),
        ]);
    }
    table
}

/// A suite without the word that every suite begins with.
fn bare(suite: &str) -> &str {
    suite.strip_prefix("suite-").filter(|rest| !rest.is_empty()).unwrap_or(suite)
}

/// The standard profile is what people mean when they say nothing.
fn with_profile(suite: &str, profile: &str) -> String {
    match profile {
        "standard" => suite.to_owned(),
        profile => format!("{suite} {profile}"),
    }
}

/// Whether a status says that nothing is missing.
fn all_done(status: &str) -> bool {
    status == "sealed" || status.split_once('/').is_some_and(|(done, all)| done == all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn row(id: &str, model: &str, decode_tps: Option<f64>, status: &str) -> RunRow {
        RunRow {
            id: id.into(),
            started_unix_s: 1_795_313_100,
            suite: "suite-v2".into(),
            profile: "standard".into(),
            backend: "llama.cpp".into(),
            model: model.into(),
            decode_tps,
            level: EvidenceLevel::Consistent,
            status: status.into(),
        }
    }

    #[test]
    fn runs() {
        let rows = [
            row("sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f0", "qwen3-8b-q4_k_m", Some(81.24), "5/5"),
            row("c1d2e3f4a5b6", "tachograph-reference-v1", Some(2_839.8), "4/5"),
            row(
                "77aa",
                "a-model-with-a-name-that-is-far-too-long-for-a-table",
                None,
                "interrupted",
            ),
        ];
        insta::assert_snapshot!("runs", fixture::fits(&runs_table(&rows, Style::plain(80))));
        insta::assert_snapshot!("runs_none", fixture::fits(&runs_table(&[], Style::plain(80))));
    }

    #[test]
    fn the_hour_gives_way_before_a_name_and_the_profile() {
        let mut quick = row("c1d2e3f4", "tachograph-reference-v1", Some(2_839.8), "5/5");
        (quick.profile, quick.backend) = ("quick".into(), "built-in".into());
        let text = runs_table(&[quick.clone()], Style::plain(92));
        assert!(text.contains("v2 quick  built-in  tachograph-reference-v1"), "{text}");
        (quick.profile, quick.backend) = ("publish".into(), "llama.cpp".into());
        let text = runs_table(&[quick], Style::plain(92));
        assert!(text.contains("11-22    v2 publish  llama.cpp  tachograph-reference-v1"), "{text}");
    }

    #[test]
    fn the_year_is_shown_where_it_differs() {
        let mut rows = [row("a1", "m", None, "5/5"), row("b2", "m", None, "5/5")];
        assert!(runs_table(&rows, Style::plain(80)).contains("a1   11-22 02:05  "));
        rows[1].started_unix_s = 951_782_400;
        let text = runs_table(&rows, Style::plain(80));
        assert!(text.contains("2026-11-22 02:05") && text.contains("2000-02-29 00:00"), "{text}");
    }

    #[test]
    fn odd_names_break_no_table() {
        let mut odd = row(&fixture::nasty("id"), &fixture::nasty("model"), Some(f64::NAN), "x");
        (odd.suite, odd.backend) = (fixture::nasty("suite"), fixture::nasty("backend"));
        odd.status = fixture::nasty("status");
        fixture::fits(&runs_table(&[odd], Style::plain(80)));
    }
}
