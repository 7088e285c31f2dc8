//! What speaks for a result, and what against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The checks of a run's evidence, made from its tape and its samples alone, so
/// that a replay makes the same ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// One entry a check, always in the same order.
    pub checks: Vec<Check>,
    /// The texts that tell one model from another; absent when it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
}

impl Evidence {
    /// One check by its name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail)
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// A stable name: `cold-cache`, `canary`, `repeat-sample`,
    /// `tape-plausibility`, `roofline`, `token-counts`, `harness`, `challenge`.
    pub name: String,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// One sentence that says what was seen, or why nothing could be.
    pub reason: String,
    /// What the outcome rests on, by name; the unit is the end of the name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
}

impl Check {
    /// A check from its name, outcome and sentence.
    pub fn new(name: &str, outcome: CheckOutcome, reason: impl Into<String>) -> Self {
        Self { name: name.to_owned(), outcome, reason: reason.into(), figures: BTreeMap::new() }
    }

    /// The same check with a figure; one that is not finite is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: f64) -> Self {
        if value.is_finite() {
            self.figures.insert(name.to_owned(), value);
        }
        self
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// What was looked for was found.
    Pass,
    /// Something speaks against the result.
    Fail,
    /// It could not be told; no doubt follows from that.
    Unknown,
}

impl CheckOutcome {
    /// The word for people: `pass`, `FAIL` or `unknown`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Unknown => "unknown",
        }
    }
}

/// The digests of what the model wrote to a few fixed prompts, greedily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The version of the prompts: 1.
    pub version: u32,
    /// Output tokens asked for, each.
    pub max_tokens: u32,
    /// The SHA-256 of each text, in the order of the prompts.
    pub texts: Vec<Digest>,
}

impl Canary {
    /// How many texts of two canaries are the same; `None` when their prompts
    /// are not.
    pub fn agreement(&self, other: &Self) -> Option<usize> {
        let same = (self.version, self.max_tokens) == (other.version, other.max_tokens);
        let pairs = self.texts.iter().zip(&other.texts);
        (same && !self.texts.is_empty() && self.texts.len() == other.texts.len())
            .then(|| pairs.filter(|(a, b)| a == b).count())
    }
}

/// The challenge that a run answers: somebody's fresh bytes, without which its
/// prompts could not have been written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChallengeUsed {
    /// The challenge, 32 to 128 lower-case hexadecimal digits.
    pub value: String,
    /// What this run added of its own: 32 hexadecimal digits. The nonce follows
    /// from both.
    pub fresh: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary(texts: &[u8]) -> Canary {
        let texts = texts.iter().map(|n| Digest::from_bytes([*n; 32])).collect();
        Canary { version: 1, max_tokens: 16, texts }
    }

    #[test]
    fn canaries_agree_text_by_text() {
        assert_eq!(canary(&[1, 2, 3]).agreement(&canary(&[1, 2, 3])), Some(3));
        assert_eq!(canary(&[1, 2, 3]).agreement(&canary(&[1, 9, 3])), Some(2));
        assert_eq!(canary(&[1, 2]).agreement(&canary(&[1, 2, 3])), None);
        assert_eq!(canary(&[]).agreement(&canary(&[])), None);
        let longer = Canary { max_tokens: 32, ..canary(&[1]) };
        assert_eq!(canary(&[1]).agreement(&longer), None);
    }

    #[test]
    fn a_figure_that_is_no_number_is_left_out() {
        let check = Check::new("canary", CheckOutcome::Pass, "").with("a", 1.0).with("b", f64::NAN);
        assert_eq!(check.figures.len(), 1);
    }
}
