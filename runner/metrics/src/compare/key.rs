//! The comparability keys: what may set two runs apart.

use std::{fmt, str::FromStr};

use serde::Serialize;
use tachograph_model::{ModelIdentity, Phase, RunResult};

use super::Difference;

/// Something in which two runs may differ and still be compared, if it is what
/// is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// The weights, apart from their quantization.
    Model,
    /// The quantization.
    Quantization,
    /// The server's kind, by its driver, name and preset.
    Backend,
    /// The server's version.
    BackendVersion,
    /// How many requests the server works on at once.
    Slots,
    /// The machine, by the hash of its fingerprint.
    Machine,
    /// On this machine, or over a network.
    Path,
    /// Whether the model thought before it answered.
    Thinking,
    /// Whether tokens were drafted by speculation.
    Speculation,
}

impl Key {
    /// All keys.
    pub const ALL: [Self; 9] = [
        Self::Model,
        Self::Quantization,
        Self::Backend,
        Self::BackendVersion,
        Self::Slots,
        Self::Machine,
        Self::Path,
        Self::Thinking,
        Self::Speculation,
    ];

    /// The name on the command line, for example `backend-version`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Quantization => "quantization",
            Self::Backend => "backend",
            Self::BackendVersion => "backend-version",
            Self::Slots => "slots",
            Self::Machine => "machine",
            Self::Path => "path",
            Self::Thinking => "thinking",
            Self::Speculation => "speculation",
        }
    }

    /// What a run has for this key.
    fn of(self, result: &RunResult) -> String {
        let backend = &result.backend;
        let unknown = || "unknown".to_owned();
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let mut measured = result
            .workloads
            .iter()
            .flat_map(|w| &w.samples)
            .filter(|sample| sample.phase == Phase::Measure);
        match self {
            Self::Model => named(&result.model),
            Self::Quantization => result.model.quantization.clone(),
            Self::Backend => {
                let preset = backend.preset.as_ref().map(|preset| format!(" ({preset})"));
                format!("{}{}", backend.info.name, preset.unwrap_or_default())
            }
            Self::BackendVersion => backend.info.version.clone().unwrap_or_else(unknown),
            Self::Slots => backend.info.slots.map_or_else(unknown, |slots| slots.to_string()),
            Self::Machine => result.fingerprint.hash.short(),
            Self::Path => if backend.local { "local" } else { "network" }.to_owned(),
            Self::Thinking => {
                yes_no(measured.any(|s| s.tokens.reasoning.is_some_and(|tokens| tokens > 0)))
            }
            Self::Speculation => yes_no(measured.any(|s| {
                let drafted = s.server.as_ref().and_then(|server| server.draft_tokens);
                drafted.is_some_and(|tokens| tokens > 0)
            })),
        }
    }

    /// The keys in which two runs differ.
    pub(crate) fn differences(a: &RunResult, b: &RunResult) -> Vec<Difference> {
        let mut differences: Vec<Difference> = Self::ALL
            .into_iter()
            .filter(|key| key.differs(a, b))
            .map(|key| Difference { key, a: key.of(a), b: key.of(b) })
            .collect();
        let has = |key: Key| differences.iter().any(|difference| difference.key == key);
        // Versions of different servers say nothing.
        if has(Self::Backend) {
            differences.retain(|difference| difference.key != Self::BackendVersion);
        }
        differences
    }

    fn differs(self, a: &RunResult, b: &RunResult) -> bool {
        match self {
            Self::Model => !same_weights(&a.model, &b.model),
            Self::Backend => a.backend.driver != b.backend.driver || self.of(a) != self.of(b),
            key => key.of(a) != key.of(b),
        }
    }

    /// What a run has for every key but the server's version, which is what a
    /// history follows.
    pub(crate) fn series(result: &RunResult) -> String {
        let model = &result.model;
        let weights = model.digest.as_ref().unwrap_or(&model.id);
        let keys =
            Self::ALL.iter().filter(|&&key| !matches!(key, Self::BackendVersion | Self::Model));
        let rest: Vec<String> = keys.map(|key| key.of(result)).collect();
        format!("{weights}\n{}\n{}", result.backend.driver, rest.join("\n"))
    }
}

/// The same weights, apart from their quantization: by digest where both have
/// one; where the quantizations differ, so must the digests, and the shape and
/// the parameters decide; else by name.
fn same_weights(a: &ModelIdentity, b: &ModelIdentity) -> bool {
    match (&a.digest, &b.digest) {
        (Some(one), Some(other)) if one == other => true,
        _ if a.quantization != b.quantization => {
            a.parameters.is_some() && a.parameters == b.parameters && a.shape == b.shape
        }
        (Some(_), Some(_)) => false,
        _ => a.id == b.id,
    }
}

/// A model with the start of its digest, for people.
fn named(model: &ModelIdentity) -> String {
    match model.short_digest() {
        Some(digest) => format!("{} ({})", model.id, digest.chars().take(8).collect::<String>()),
        None => model.id.clone(),
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Key {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|key| key.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|key| key.name()).collect();
            format!("no such key; keys are {}", names.join(", "))
        })
    }
}
