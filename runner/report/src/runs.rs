//! The list of runs.

use crate::{
    date::utc,
    number::{UNMEASURED, short},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::cut,
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
    /// One word, for example `sealed`, `incomplete` or `interrupted`.
    pub status: String,
}

/// Runs as a table, in the order given.
pub fn runs_table(rows: &[RunRow], style: Style) -> String {
    if rows.is_empty() {
        return "No runs yet. `tacho run` makes one.\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::left("run"),
        Column::left("started"),
        Column::left("suite"),
        Column::left("backend").flexible(),
        Column::left("model").name(),
        Column::right("tok/s"),
        Column::left("status"),
    ]);
    for row in rows {
        let id = row.id.strip_prefix("sha256:").unwrap_or(&row.id);
        let started = utc(row.started_unix_s);
        // The standard profile is what people mean when they say nothing.
        let suite = match row.profile.as_str() {
            "standard" => row.suite.clone(),
            profile => format!("{} {profile}", row.suite),
        };
        let ink = if row.status == "sealed" { Ink::Good } else { Ink::Doubt };
        table.row(vec![
            Cell::new(Ink::Strong, &id.chars().take(8).collect::<String>()),
            Cell::plain(started.trim_end_matches(" UTC")),
            Cell::plain(cut(&suite, 20)),
            Cell::plain(cut(&row.backend, 24)),
            Cell::plain(&row.model),
            Cell::plain(row.decode_tps.map_or_else(|| UNMEASURED.to_owned(), short)),
            Cell::new(ink, &cut(&row.status, 12)),
        ]);
    }
    table.render(style, 0)
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
            status: status.into(),
        }
    }

    #[test]
    fn runs() {
        let rows = [
            row(
                "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "qwen3-8b-q4_k_m",
                Some(81.24),
                "sealed",
            ),
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
    fn odd_names_break_no_table() {
        let mut odd = row(&fixture::nasty("id"), &fixture::nasty("model"), Some(f64::NAN), "x");
        (odd.suite, odd.backend) = (fixture::nasty("suite"), fixture::nasty("backend"));
        odd.status = fixture::nasty("status");
        fixture::fits(&runs_table(&[odd], Style::plain(80)));
    }
}
