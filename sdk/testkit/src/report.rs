//! What a test found.

use serde::{Deserialize, Serialize};

/// How much a check weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A driver that fails it gives wrong numbers, or cannot be used.
    Required,
    /// A driver that fails it is less useful, or less kind to its users.
    Recommended,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// What was found is what was expected.
    Passed,
    /// It is not.
    Failed,
    /// It does not apply to this driver or this server.
    Skipped,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// `scenario/check`, for example `role-first/first-token`.
    pub id: String,
    /// How much it weighs.
    pub level: Level,
    /// How it ended.
    pub status: CheckStatus,
    /// What was expected; empty where the id says it all.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// For a check that failed: the fault. For a skipped one: why.
    pub message: String,
}

impl Check {
    /// The scenario and the check.
    pub(crate) fn split(&self) -> (&str, &str) {
        self.id.split_once('/').unwrap_or((&self.id, ""))
    }
}

/// How far a driver conforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conformance {
    /// A required check failed.
    None,
    /// All required checks passed.
    Basic,
    /// All checks passed.
    Full,
}

impl Conformance {
    /// `none`, `basic` or `full`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Full => "full",
        }
    }
}

/// The report of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always `conformance`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The id in the plugin's manifest; empty when none could be read.
    pub plugin: String,
    /// The plugin's version; empty alike.
    pub version: String,
    /// The server that it was tested against: a dialect's word, or `script`;
    /// null when the test did not come that far.
    pub dialect: Option<String>,
    /// How far it conforms.
    pub conformance: Conformance,
    /// Every check, in the order in which they were made.
    pub checks: Vec<Check>,
}

impl Report {
    pub(crate) fn new(
        plugin: &str,
        version: &str,
        dialect: Option<String>,
        checks: Vec<Check>,
    ) -> Self {
        let failed = |level: Level| {
            checks.iter().any(|check| check.status == CheckStatus::Failed && check.level == level)
        };
        let conformance = match (failed(Level::Required), failed(Level::Recommended)) {
            (true, _) => Conformance::None,
            (false, true) => Conformance::Basic,
            (false, false) => Conformance::Full,
        };
        Self {
            kind: "conformance".to_owned(),
            schema: 1,
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            dialect,
            conformance,
            checks,
        }
    }

    /// Whether every required check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.conformance >= Conformance::Basic
    }

    /// How far the driver conforms.
    #[must_use]
    pub fn level(&self) -> Conformance {
        self.conformance
    }

    /// The checks that failed, required ones first.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        let of = |level: Level| {
            self.checks
                .iter()
                .filter(move |check| check.status == CheckStatus::Failed && check.level == level)
        };
        of(Level::Required).chain(of(Level::Recommended))
    }

    /// What a script left untested, in the order of the report: scenarios that
    /// it cannot play, and statements that its plain answer does not make.
    /// Empty for the kit's own servers.
    #[must_use]
    pub fn not_tested(&self) -> Vec<&str> {
        if self.dialect.as_deref() != Some("script") {
            return Vec::new();
        }
        let skipped = self.checks.iter().filter(|check| check.status == CheckStatus::Skipped);
        let name = |check| match Check::split(check) {
            // Lines have no comments, whatever the script.
            ("comments", _) => None,
            (scenario, "scenario") => Some(scenario),
            ("plain", name) => Some(name),
            _ => None,
        };
        skipped.filter_map(name).collect()
    }
}
