//! The counter-result: what somebody found who measured a result again.

use serde::{Deserialize, Serialize};

use crate::{Digest, Pin};

/// What came of measuring a result again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReproductionVerdict {
    /// Every deciding figure agrees.
    Reproduced,
    /// A deciding figure differs by more than runs of one thing do.
    NotReproduced,
    /// Not the same thing was measured, or too little of it.
    NotComparable,
}

impl ReproductionVerdict {
    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::NotComparable => "not comparable",
        }
    }
}

/// A result that answers another one. Its canonical JSON is what is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reproduction {
    /// Always `reproduction`.
    pub kind: String,
    /// The version of this format: 1.
    pub schema: u32,
    /// The run id of the result that is answered.
    pub answers: Digest,
    /// The public key that sealed it.
    pub answers_key: String,
    /// The run id of the run that answers it; null when none was made, because
    /// it could not have been compared.
    pub by: Option<Digest>,
    /// The suite of both.
    pub suite: Pin,
    /// What came of it.
    pub verdict: ReproductionVerdict,
    /// Why, a sentence each; empty when every figure agrees.
    pub reasons: Vec<String>,
    /// In what the two differ, besides their figures.
    pub differences: Vec<ReproductionDifference>,
    /// The deciding figures of both.
    pub figures: Vec<ReproducedFigure>,
    /// Canary texts that are the same in both, and how many there are; null when
    /// they cannot be compared.
    pub canary: Option<CanaryAgreement>,
    /// When it was sealed, seconds since 1970.
    pub made_unix_s: u64,
    /// The public key of the run key, in minisign's text form.
    pub sealed_by: String,
}

/// Something in which two runs differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReproductionDifference {
    /// What, for example `machine` or `settings`.
    pub what: String,
    /// What the answered result has.
    pub original: String,
    /// What there is here.
    pub here: String,
}

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReproducedFigure {
    /// The workload.
    pub workload: String,
    /// The metric, for example `decode_tps`.
    pub metric: String,
    /// The row of a curve that it is of, for example `context = 32768`.
    pub at: Option<String>,
    /// The answered result's value.
    pub original: Option<f64>,
    /// The new value.
    pub here: Option<f64>,
    /// The unit of both.
    pub unit: String,
    /// New ÷ answered.
    pub ratio: Option<f64>,
    /// The lower end of the ratio's 95 % interval.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// Whether the interval touches the band in which two runs of one thing
    /// agree; null without an interval.
    pub agrees: Option<bool>,
}

/// Canary texts of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CanaryAgreement {
    /// Texts that are the same.
    pub same: u32,
    /// All texts.
    pub of: u32,
}
