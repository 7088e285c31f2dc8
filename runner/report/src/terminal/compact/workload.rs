//! One workload: verdict, a block of figures, tables, what was left out, doubts.

use tachograph_model::{WorkloadReport, WorkloadStatus};

use super::{figures, grid::grid};
use crate::{
    footnotes::Footnotes,
    number::rate,
    style::{Ink, Style},
    terminal::{
        flags, paragraph,
        part::part,
        rule,
        workload::{skipped_parts, status, without_figures, words},
    },
};

/// How far apart the clocks of client and server may be on one rate.
const CLOCKS_AGREE: f64 = 0.03;

/// The report of one workload.
pub(in crate::terminal) fn workload(report: &WorkloadReport, style: Style) -> String {
    let (word, ink) = status(report.status);
    let mut out = rule(&report.workload, word, ink, style);
    for text in words(report) {
        paragraph(&mut out, "  ", text, Ink::Plain, style);
    }
    // Without an answer there are dashes only, and the reason stands above.
    if !without_figures(report) {
        out.push_str(&measured(report, style));
    }
    for text in skipped_parts(report) {
        paragraph(&mut out, "  skipped  ", &text, Ink::Plain, style);
    }
    // Nothing ran of what was skipped, so there is nothing to doubt.
    if report.status != WorkloadStatus::Skipped {
        if let Some(text) = clocks(report) {
            paragraph(&mut out, "  ! ", &text, Ink::Doubt, style);
        }
        out.push_str(&flags(&report.flags, style));
    }
    out
}

/// The figures and the tables with their footnotes.
fn measured(report: &WorkloadReport, style: Style) -> String {
    let mut notes = Footnotes::default();
    let (lines, left_out) = figures::lines(report, &mut notes);
    let mut out = grid(&lines, style);
    let mut basis = vec![figures::basis(report)];
    basis.extend(figures::intervals(report));
    if left_out > 0 {
        basis.push(format!("{left_out} more figures in the full report (--full)"));
    }
    for text in basis.iter().filter(|text| !text.is_empty()) {
        paragraph(&mut out, "  ", text, Ink::Quiet, style);
    }
    // Trials are what the intervals above rest on; the full form lists them.
    for table in report.parts.iter().filter(|t| !t.rows.is_empty() && t.key != "trial") {
        out.push('\n');
        paragraph(&mut out, "  ", &table.title, Ink::Strong, style);
        out.push_str(&part(table, &mut notes, style));
    }
    out.push_str(&notes.render(style, 2));
    out
}

/// A doubt where client and server disagree on the decode rate.
fn clocks(report: &WorkloadReport) -> Option<String> {
    let of = |name: &str| report.summary.get(name)?.value.filter(|value| value.is_finite());
    let (client, server) = (of("decode_tps")?, of("server_decode_tps")?);
    let apart = (client - server).abs() / server.abs();
    (apart > CLOCKS_AGREE).then(|| {
        format!(
            "decode: {} by the client's clock, {} by the server's, {:.1} % apart",
            rate(client),
            rate(server),
            apart * 100.0
        )
    })
}

#[cfg(test)]
mod tests {
    use tachograph_model::{Metric, MetricSource};

    use super::*;
    use crate::{
        fixture,
        terminal::{self, Detail},
    };

    fn chat() -> WorkloadReport {
        fixture::result().workloads.swap_remove(0).report
    }

    fn shown(report: &WorkloadReport) -> String {
        workload(report, Style::plain(80))
    }

    #[test]
    fn clocks_that_disagree_are_flagged() {
        let mut report = chat();
        for (server, flagged) in [(81.24, false), (83.6, false), (84.5, true), (70.0, true)] {
            let metric = Metric::measured(server, "tok/s", 5, MetricSource::Server);
            report.summary.insert("server_decode_tps".into(), metric);
            assert_eq!(shown(&report).contains("! decode: "), flagged, "{server}");
        }
        let text = shown(&report);
        let want = "  ! decode: 81.2 tok/s by the client's clock, 70.0 tok/s by the server's, \
                    16.1 %\n    apart\n";
        assert!(text.contains(want), "{text}");
    }

    #[test]
    fn a_skipped_workload_gives_its_reason_once_and_whole() {
        let mut report = chat();
        let what =
            "it needs about 74 s of a budget of 20 s, which no setting of this profile changes";
        for metric in report.summary.values_mut() {
            *metric = Metric::unmeasured("ms", 0, MetricSource::Client, "no request was answered");
        }
        report.status = WorkloadStatus::Skipped;
        report.skipped =
            vec![tachograph_model::SkippedPart { what: "chat-short".into(), reason: what.into() }];
        report.reason = Some(format!("chat-short: {what}"));
        report.verdict =
            "skipped: chat-short: it needs about 74 s of a budget of 20 s, whi…".into();
        for text in [shown(&report), terminal::workload(&report, Style::plain(80), Detail::Full)] {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words.matches("it needs about 74 s").count(), 1, "{text}");
            assert!(words.ends_with(what) && !text.contains(['…', '—']), "{text}");
        }
    }

    #[test]
    fn figures_that_are_unknown_here_are_shown_and_counted() {
        let mut report = chat();
        for index in 0..9 {
            let metric = Metric::measured(f64::from(index), "widgets", 5, MetricSource::Client);
            report.summary.insert(format!("odd_{index}"), metric);
        }
        let text = shown(&report);
        assert!(text.contains("odd 5") && !text.contains("odd 6"), "{text}");
        assert!(text.contains("3 more figures in the full report"), "{text}");
    }

    #[test]
    fn failed_requests_are_never_left_out() {
        let mut report = chat();
        report.summary.insert(
            "failed_requests".into(),
            Metric::measured(2.0, "count", 7, MetricSource::Client),
        );
        assert!(shown(&report).contains("2 failed"), "{}", shown(&report));
    }
}
