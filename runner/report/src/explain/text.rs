//! An explanation as text.

use super::{Certainty, Checked, Explanation};
use crate::{
    style::{Ink, Style},
    text::hanging,
};

/// Suspicions with their evidence, then what was cleared and what is not known.
pub fn explanation_text(explanation: &Explanation, style: Style) -> String {
    let mut out = String::new();
    let mut line = |ink: Ink, head: &str, text: &str| {
        for line in hanging(head, text, style.columns()) {
            out.push_str(&style.paint(ink, &line));
            out.push('\n');
        }
    };
    if explanation.suspicions.is_empty() {
        line(Ink::Good, "", "Nothing in this result needs an explanation.");
    }
    for suspicion in &explanation.suspicions {
        let certainty = match suspicion.certainty {
            Certainty::Shown => "shown",
            Certainty::Likely => "likely",
            Certainty::Possible => "possible",
        };
        line(Ink::Doubt, "! ", &format!("{} ({certainty})", suspicion.says));
        for evidence in &suspicion.evidence {
            line(Ink::Plain, "  · ", evidence);
        }
        line(Ink::Strong, "  → ", &suspicion.remedy);
    }
    let mut section = |title: &str, checks: &[Checked]| {
        if checks.is_empty() {
            return;
        }
        line(Ink::Quiet, "", "");
        line(Ink::Quiet, "", title);
        for check in checks {
            line(Ink::Quiet, "  ", &format!("{}: {}", check.code, check.says));
        }
    };
    section("Looked at and found in order:", &explanation.cleared);
    section("Not known:", &explanation.unknown);
    out
}
