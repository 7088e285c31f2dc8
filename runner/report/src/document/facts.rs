//! What was measured, where and how; and what the harness says of itself.

use tachograph_model::{Check, Digest, RunResult};

use super::Fact;
use crate::{
    machine,
    number::UNMEASURED,
    roof,
    terminal::{self, header},
    text::sentence,
};

pub(super) fn facts(result: &RunResult, run: Option<&Digest>) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("Backend", header::backend(result)),
        Fact::new("Origin", header::origin(&result.backend)),
    ];
    facts.extend(result.backend.cost.as_ref().map(|cost| Fact::new("Cost", header::spent(cost))));
    facts.push(Fact::new("Model", header::model(result)));
    facts.push(match &result.model.digest {
        Some(digest) => {
            Fact::new("Model digest", format!("{} ({})", cut(digest), result.model.digest_source))
        }
        None => {
            Fact::new("Model digest", format!("{UNMEASURED} none: {}", result.model.digest_source))
        }
    });
    facts.push(Fact::new("Machine", machine::line(&result.fingerprint)));
    facts.extend(
        machine::accelerators(&result.fingerprint)
            .iter()
            .map(|line| Fact::new("Accelerator", line)),
    );
    facts.extend(result.roof.as_ref().map(|roof| Fact::new("Roof", roof::line(roof))));
    facts.push(Fact::new("Fingerprint", result.fingerprint.hash.to_string()));
    facts.push(Fact::new("Runner", header::runner(result)));
    let suite = format!(
        "{} · version {} · metrics {}",
        result.suite.pin, result.suite.version, result.suite.metrics
    );
    facts.push(Fact::new("Suite", suite));
    for plugin in &result.plugins {
        let who = if plugin.official { "pinned by the suite" } else { "not pinned by the suite" };
        let text = format!("{} {} · {who} · {}", plugin.id, plugin.version, plugin.sha256);
        facts.push(Fact::new("Plugin", text));
    }
    let settings: Vec<String> =
        result.suite.overrides.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !settings.is_empty() {
        facts.push(Fact::new("Changed settings", settings.join(" · ")));
    }
    facts.extend(run.map(|run| Fact::new("Run", run.to_string())));
    facts.push(Fact::new("Tape", result.tape.to_string()));
    facts.push(Fact::new("Sealed by", &result.sealed_by));
    facts
}

/// A digest in full; other identities no longer than one.
fn cut(digest: &str) -> String {
    crate::text::cut(digest, 80)
}

pub(super) fn harness(result: &RunResult) -> Vec<Fact> {
    let facts = terminal::harness::facts(result);
    facts.iter().map(|(word, text)| Fact::new(&sentence(word), text)).collect()
}

/// `cold-cache`: `pass: …`, in the order in which the checks were made.
pub(super) fn evidence(result: &RunResult) -> Vec<Fact> {
    let checks = result.evidence.iter().flat_map(|evidence| &evidence.checks);
    let text = |check: &Check| format!("{}: {}", check.outcome.word(), check.reason);
    checks.map(|check| Fact::new(&check.name, text(check))).collect()
}
