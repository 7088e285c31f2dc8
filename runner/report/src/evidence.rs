//! Checks, levels and reproductions as text.

use tachograph_model::{
    Check, CheckOutcome, EvidenceLevel, ReproducedFigure, Reproduction, ReproductionVerdict,
    RunResult,
};

use crate::{
    number::{UNMEASURED, fixed, short},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{clean, cut, hanging},
};

/// What a level means, in a few words.
pub fn level_meaning(level: EvidenceLevel) -> &'static str {
    match level {
        EvidenceLevel::Claimed => "somebody sealed it; `tacho replay` checks more",
        EvidenceLevel::Consistent => "its tape gives the same result",
        EvidenceLevel::Challenged => "its tape gives the same result, and answers your challenge",
        EvidenceLevel::Reproduced => "somebody else measured the same",
        EvidenceLevel::Audited => "it was measured under the eyes of an auditor",
    }
}

/// One line a check: name, outcome, reason.
pub fn checks_text(checks: &[Check], style: Style) -> String {
    let mut out = String::new();
    let widest = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0).min(24);
    for check in checks {
        let name = cut(&clean(&check.name), 24);
        let head = format!("  {:<7}  {name:<widest$}  ", check.outcome.word());
        for (index, line) in
            hanging(&head, &clean(&check.reason), style.columns()).iter().enumerate()
        {
            match line.strip_prefix(head.as_str()) {
                Some(rest) if index == 0 => {
                    out.push_str(&style.paint(ink(check.outcome), &head));
                    out.push_str(rest);
                }
                _ => out.push_str(line),
            }
            out.push('\n');
        }
    }
    out
}

/// `5 pass, 1 fail, 2 unknown`.
pub(crate) fn tally(checks: &[Check]) -> String {
    let all = [
        (CheckOutcome::Pass, "pass"),
        (CheckOutcome::Fail, "fail"),
        (CheckOutcome::Unknown, "unknown"),
    ];
    let counts = all.map(|(outcome, word)| {
        (checks.iter().filter(|check| check.outcome == outcome).count(), word)
    });
    let some = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
    some.collect::<Vec<_>>().join(", ")
}

/// The evidence of a result in a line, and each check that failed.
pub(crate) fn evidence(result: &RunResult, style: Style) -> String {
    let Some(evidence) = &result.evidence else { return String::new() };
    let mut out = String::new();
    let text = format!("evidence: {}", tally(&evidence.checks));
    for line in hanging("  ", &text, style.columns()) {
        out.push_str(&line);
        out.push('\n');
    }
    for check in evidence.failed() {
        let text = format!("evidence/{}: {}", clean(&check.name), clean(&check.reason));
        for line in hanging("  ! ", &text, style.columns()) {
            out.push_str(&style.paint(Ink::Doubt, &line));
            out.push('\n');
        }
    }
    out
}

fn ink(outcome: CheckOutcome) -> Ink {
    match outcome {
        CheckOutcome::Pass => Ink::Good,
        CheckOutcome::Fail => Ink::Bad,
        CheckOutcome::Unknown => Ink::Quiet,
    }
}

/// What came of measuring a result again: differences, figures, the verdict.
pub fn reproduction_text(reproduction: &Reproduction, style: Style) -> String {
    let mut out = String::new();
    for difference in &reproduction.differences {
        let text = format!(
            "{}: {}; here {}",
            clean(&difference.what),
            clean(&difference.original),
            clean(&difference.here)
        );
        for line in hanging("  · ", &text, style.columns()) {
            out.push_str(&style.paint(Ink::Quiet, &line));
            out.push('\n');
        }
    }
    if !reproduction.figures.is_empty() {
        out.push_str(&figures(&reproduction.figures).render(style, 0));
    }
    if let Some(canary) = reproduction.canary {
        let text = format!("{} of {} greedy texts are the same", canary.same, canary.of);
        out.push_str(&style.paint(Ink::Quiet, &format!("  · {text}")));
        out.push('\n');
    }
    let ink = match reproduction.verdict {
        ReproductionVerdict::Reproduced => Ink::Good,
        ReproductionVerdict::NotReproduced => Ink::Bad,
        ReproductionVerdict::NotComparable => Ink::Doubt,
    };
    out.push_str(&style.paint(ink, reproduction.verdict.words()));
    out.push('\n');
    for reason in &reproduction.reasons {
        for line in hanging("  ! ", &clean(reason), style.columns()) {
            out.push_str(&style.paint(ink, &line));
            out.push('\n');
        }
    }
    out
}

fn figures(figures: &[ReproducedFigure]) -> Table {
    let mut table = Table::new(vec![
        Column::left("figure").flexible(),
        Column::left(""),
        Column::right("claimed"),
        Column::right("here"),
        Column::right("factor"),
        Column::right("95 %"),
        Column::left(""),
    ]);
    let number = |value: Option<f64>| value.map_or_else(|| UNMEASURED.to_owned(), short);
    for figure in figures {
        let at = figure.at.as_ref().map_or_else(String::new, |at| format!(" {}", clean(at)));
        let name = format!("{} {}{at}", clean(&figure.workload), clean(&figure.metric));
        let (ink, word) = match figure.agrees {
            Some(true) => (Ink::Good, "agrees"),
            Some(false) => (Ink::Bad, "differs"),
            None => (Ink::Quiet, UNMEASURED),
        };
        let interval = figure.low.zip(figure.high).filter(|_| figure.agrees.is_some());
        table.row(vec![
            Cell::plain(name),
            Cell::new(Ink::Quiet, &clean(&figure.unit)),
            Cell::plain(number(figure.original)),
            Cell::plain(number(figure.here)),
            Cell::plain(
                figure.ratio.map_or_else(String::new, |ratio| format!("{}×", fixed(ratio, 2))),
            ),
            Cell::new(
                Ink::Quiet,
                &interval.map_or_else(
                    || UNMEASURED.to_owned(),
                    |(low, high)| format!("{}…{}", fixed(low, 2), fixed(high, 2)),
                ),
            ),
            Cell::new(ink, word),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use tachograph_model::{CanaryAgreement, Digest, ReproductionDifference};

    use super::*;
    use crate::fixture;

    #[test]
    fn checks() {
        let checks = [
            Check::new(
                "cold-cache",
                CheckOutcome::Pass,
                "all 12 cold prompts begin with the nonce",
            ),
            Check::new(
                "tape-plausibility",
                CheckOutcome::Fail,
                "chat-short/trial-0/r0: 63 gaps have 1 lengths that scatter by 0 ns; and 4 more",
            ),
            Check::new("roofline", CheckOutcome::Unknown, "no bandwidth was measured"),
        ];
        insta::assert_snapshot!("checks", fixture::fits(&checks_text(&checks, Style::plain(80))));
        assert_eq!(tally(&checks), "1 pass, 1 fail, 1 unknown");
        let odd = [Check::new(&fixture::nasty("a"), CheckOutcome::Fail, fixture::nasty("b"))];
        fixture::fits(&checks_text(&odd, Style::plain(80)));
    }

    #[test]
    fn reproduction() {
        let figure = |metric: &str, unit: &str, original, here, agrees| ReproducedFigure {
            workload: "chat-short".into(),
            metric: metric.into(),
            at: None,
            original: Some(original),
            here: Some(here),
            unit: unit.into(),
            ratio: Some(here / original),
            low: Some(here / original * 0.98),
            high: Some(here / original * 1.02),
            agrees,
        };
        let reproduction = Reproduction {
            kind: "reproduction".into(),
            schema: 1,
            answers: Digest::from_bytes([1; 32]),
            answers_key: "RWQ".into(),
            by: Some(Digest::from_bytes([2; 32])),
            suite: fixture::result().suite.pin,
            verdict: ReproductionVerdict::NotReproduced,
            reasons: vec!["chat-short decode_tps: 0.48 times the claim (0.47 to 0.49)".into()],
            differences: vec![ReproductionDifference {
                what: "backend-version".into(),
                original: "b7423".into(),
                here: "b8000".into(),
            }],
            figures: vec![
                figure("decode_tps", "tok/s", 81.2, 39.0, Some(false)),
                figure("ttft_ms", "ms", 31.2, 32.0, Some(true)),
                figure("prefill_tps", "tok/s", 900.0, 910.0, None),
            ],
            canary: Some(CanaryAgreement { same: 3, of: 3 }),
            made_unix_s: 0,
            sealed_by: String::new(),
        };
        let text = reproduction_text(&reproduction, Style::plain(80));
        insta::assert_snapshot!("reproduction", fixture::fits(&text));
    }
}
