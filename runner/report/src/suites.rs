//! The list of suites.

use tachograph_model::Digest;

use crate::{
    style::{Ink, Style},
    table::{Cell, Column, Table},
};

/// One suite of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteRow {
    /// The name, for example `suite-v2`.
    pub name: String,
    /// The version.
    pub version: String,
    /// The digest of the manifest; twelve digits are shown.
    pub digest: Digest,
    /// The day of release, `YYYY-MM-DD`.
    pub released: String,
    /// Who vouches for it, for example `development key`.
    pub trust: String,
    /// One line for people.
    pub description: String,
}

/// Suites as a table, in the order given, with a description below each.
pub fn suites_table(rows: &[SuiteRow], style: Style) -> String {
    if rows.is_empty() {
        return "No suites are here.\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::left("suite"),
        Column::left("version"),
        Column::left("digest"),
        Column::left("released"),
        Column::left("signed by").flexible(),
    ]);
    for row in rows {
        let ink = if row.trust.contains("development") { Ink::Doubt } else { Ink::Good };
        table.row(vec![
            Cell::new(Ink::Strong, &row.name),
            Cell::plain(&row.version),
            Cell::plain(row.digest.short()),
            Cell::plain(&row.released),
            Cell::new(ink, &row.trust),
        ]);
    }
    let text = table.render(style, 0);
    let mut lines = text.lines();
    let mut out = lines.next().map(|head| format!("{head}\n")).unwrap_or_default();
    for (line, row) in lines.zip(rows) {
        out.push_str(line);
        out.push('\n');
        for line in crate::text::hanging("  ", &row.description, style.columns()) {
            if !line.is_empty() {
                out.push_str(&style.paint(Ink::Quiet, &line));
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn suites() {
        let row = |name: &str, trust: &str, description: &str| SuiteRow {
            name: name.into(),
            version: "2.0.0".into(),
            digest: Digest::from_bytes([0x0f; 32]),
            released: "2026-11-22".into(),
            trust: trust.into(),
            description: description.into(),
        };
        let rows = [
            row(
                "suite-v2",
                "development key",
                "Chat, long chat, decay over context, concurrent decode and one coding agent with \
                 tools on the wire.",
            ),
            row("suite-v1", "release key", ""),
        ];
        insta::assert_snapshot!("suites", fixture::fits(&suites_table(&rows, Style::plain(80))));
        insta::assert_snapshot!("suites_none", fixture::fits(&suites_table(&[], Style::plain(80))));
    }

    #[test]
    fn odd_names_break_no_table() {
        let odd = SuiteRow {
            name: fixture::nasty("name"),
            version: fixture::nasty("version"),
            digest: Digest::from_bytes([1; 32]),
            released: fixture::nasty("day"),
            trust: fixture::nasty("trust"),
            description: fixture::nasty("about"),
        };
        fixture::fits(&suites_table(&[odd], Style::plain(80)));
    }
}
