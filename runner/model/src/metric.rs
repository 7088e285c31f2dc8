//! One figure with everything that makes it checkable.

use serde::{Deserialize, Serialize};

/// Who measured a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MetricSource {
    /// The host's own clock.
    Client,
    /// The server said so.
    Server,
    /// Follows from the plan alone, for example an ideal cache rate.
    Plan,
}

/// A 95 % confidence interval, or a range where `method` is `range`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The lower end, in the unit of the metric.
    pub low: f64,
    /// The upper end, in the unit of the metric.
    pub high: f64,
    /// `bootstrap-95` (five trials or more) or `range` (fewer).
    pub method: String,
}

/// A figure: value, unit, number of observations and source.
///
/// `value` is `None` when it was not measured; `reason` then says why. It is
/// never zero in place of unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The value, or null.
    pub value: Option<f64>,
    /// `ms`, `tok/s`, `tokens`, `ratio`, `count`, `bytes`, `s`.
    pub unit: String,
    /// How many observations the value rests on.
    pub n: u32,
    /// Who measured it.
    pub source: MetricSource,
    /// The interval, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Why there is no value, or what qualifies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Metric {
    /// A measured value.
    pub fn measured(value: f64, unit: &str, n: usize, source: MetricSource) -> Self {
        if !value.is_finite() {
            return Self::unmeasured(unit, n, source, "the formula has no finite value here");
        }
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        Self { value: Some(value), unit: unit.to_owned(), n, source, interval: None, reason: None }
    }

    /// A value that was not measured, with the reason.
    pub fn unmeasured(
        unit: &str,
        n: usize,
        source: MetricSource,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            value: None,
            unit: unit.to_owned(),
            n: u32::try_from(n).unwrap_or(u32::MAX),
            source,
            interval: None,
            reason: Some(reason.into()),
        }
    }

    /// The same metric with an interval.
    pub fn with_interval(mut self, interval: Option<Interval>) -> Self {
        self.interval = interval;
        self
    }
}
