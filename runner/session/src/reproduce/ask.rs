//! What a result asks of whoever measures it again.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Map, Value};
use tachograph_model::{ProfileName, RunResult};
use tachograph_trust::{Catalog, TrustError, VerifiedSuite};

use crate::SessionError;

/// The settings under which a result was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The profile of the suite.
    pub profile: ProfileName,
    /// The workloads, by id.
    pub workloads: Vec<String>,
    /// Repetitions, when the user set them.
    pub iterations: Option<u32>,
    /// The cap on output tokens, when the user set one.
    pub max_tokens: Option<u32>,
    /// The seconds that each workload may plan to take, when the user set them.
    pub budget_s: Option<u32>,
    /// The seed, when the user set one.
    pub seed: Option<u64>,
    /// The longest silence, when the user set one.
    pub patience: Option<Duration>,
    /// The driver's settings.
    pub config: Map<String, Value>,
    /// The backend, as `--backend` takes it.
    pub backend: String,
    /// The model, as requests call it.
    pub model: String,
}

impl Ask {
    /// Reads what a result asks for.
    ///
    /// # Errors
    /// [`SessionError::Malformed`] for a setting that this build does not know:
    /// measuring without it would measure another thing.
    pub fn of(result: &RunResult) -> Result<Self, SessionError> {
        let backend = &result.backend;
        let named = match (backend.origin.as_str(), &backend.preset) {
            ("built-in", _) => "built-in".to_owned(),
            (_, Some(preset)) => preset.to_string(),
            (_, None) => backend.driver.to_string(),
        };
        let mut ask = Self {
            profile: result.suite.profile,
            workloads: result.workloads.iter().map(|workload| workload.id.to_string()).collect(),
            iterations: None,
            max_tokens: None,
            budget_s: None,
            seed: None,
            patience: None,
            config: Map::new(),
            backend: named,
            model: result.model.id.clone(),
        };
        for (name, value) in &result.suite.overrides {
            match name.as_str() {
                "iterations" => ask.iterations = Some(number(name, value)?),
                "max_tokens" => ask.max_tokens = Some(number(name, value)?),
                "budget_s" => ask.budget_s = Some(number(name, value)?),
                "seed" => ask.seed = Some(number(name, value)?),
                "timeout_s" => ask.patience = Some(Duration::from_secs(number(name, value)?)),
                "workloads" => {}
                "set" => {
                    ask.config = serde_json::from_str(value)
                        .map_err(|error| unknown(name, &error.to_string()))?;
                }
                _ => return Err(unknown(name, "this build does not know it")),
            }
        }
        Ok(ask)
    }

    /// The exact suite of a result, with every plugin and text that it pins.
    ///
    /// # Errors
    /// [`SessionError::NotHere`] with the way to get it, or that it is not trusted.
    pub fn suite(catalog: &Catalog, result: &RunResult) -> Result<VerifiedSuite, SessionError> {
        let pin = &result.suite.pin;
        let not_here = |what: String| SessionError::NotHere {
            what,
            how: format!(
                "fetch it with --from, an address, a folder or a bundle (`tacho suite bundle`); only \
                 {}@sha256:{}… will do",
                pin.name,
                pin.digest.short()
            ),
        };
        let suite = match catalog.resolve(&pin.to_string()) {
            Err(TrustError::NoSuite { .. }) => return Err(not_here(format!("the suite {pin}"))),
            resolved => resolved?,
        };
        let mut seen = BTreeSet::new();
        for id in result.workloads.iter().map(|workload| &workload.id) {
            if !seen.insert(id) {
                return Err(SessionError::Malformed {
                    what: "the result".to_owned(),
                    reason: format!("it has the workload `{id}` twice"),
                });
            }
            let entry = suite.suite.workload.iter().find(|entry| entry.id == *id);
            let Some(entry) = entry else {
                return Err(SessionError::Malformed {
                    what: "the result".to_owned(),
                    reason: format!("it has a workload `{id}` that its suite does not have"),
                });
            };
            match suite.blob(&entry.plugin) {
                Err(TrustError::BlobMissing { what, digest, .. }) => {
                    return Err(not_here(format!("{what} ({digest})")));
                }
                blob => drop(blob?),
            }
        }
        Ok(suite)
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, SessionError> {
    value.parse().map_err(|_| unknown(name, "its value is no such number"))
}

fn unknown(name: &str, reason: &str) -> SessionError {
    SessionError::Malformed {
        what: format!("the setting `{name}` of the result"),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::recorded;

    #[test]
    fn every_setting_is_asked_for_again_and_an_unknown_one_is_refused() {
        let mut result = recorded();
        let overrides = &mut result.suite.overrides;
        overrides.clear();
        for (name, value) in
            [("iterations", "7"), ("seed", "9"), ("timeout_s", "3"), ("set", r#"{"a":1}"#)]
        {
            overrides.insert(name.to_owned(), value.to_owned());
        }
        let ask = Ask::of(&result).unwrap();
        assert_eq!((ask.iterations, ask.seed, ask.max_tokens), (Some(7), Some(9), None));
        assert_eq!(ask.patience, Some(Duration::from_secs(3)));
        assert_eq!(ask.config["a"], 1);
        assert_eq!(ask.backend, "llama-cpp");
        result.suite.overrides.insert("warp".to_owned(), "9".to_owned());
        assert!(Ask::of(&result).unwrap_err().to_string().contains("`warp`"));
    }

    #[test]
    fn a_suite_that_is_not_here_is_named_with_the_way_to_get_it() {
        let mut result = recorded();
        let pin = format!("suite-v2@sha256:{}", "0f".repeat(32));
        result.suite.pin = pin.parse().unwrap();
        let error = Ask::suite(&Catalog::builtin(), &result).unwrap_err();
        assert!(error.to_string().contains(&pin), "{error}");
        assert!(error.hint().unwrap().contains("--from"));
    }
}
