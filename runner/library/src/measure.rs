//! What to measure.

use std::time::Duration;

use tachograph_model::ProfileName;
use tachograph_session::{RunOptions, TargetOptions};

use crate::{Error, engine};

/// The backend to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The reference engine, as a child of this program; see
    /// [`serve_if_engine`](crate::serve_if_engine).
    BuiltIn,
    /// A server at an address, for example `http://127.0.0.1:8080`; which kind it
    /// is shows itself.
    Url(String),
}

/// A suite, how much of it, and the backend.
#[derive(Debug, Clone)]
pub struct Measure {
    pub(crate) suite: String,
    profile: ProfileName,
    target: Target,
    workloads: Vec<String>,
    trials: Option<u32>,
    max_tokens: Option<u32>,
    model: Option<String>,
    timeout: Option<Duration>,
}

impl Measure {
    /// A suite, by its name or exact pin, with one of its profiles.
    pub fn new(suite: &str, profile: ProfileName, target: Target) -> Self {
        Self {
            suite: suite.to_owned(),
            profile,
            target,
            workloads: Vec::new(),
            trials: None,
            max_tokens: None,
            model: None,
            timeout: None,
        }
    }

    /// The same with the profile `quick`: one trial, smaller contexts.
    pub fn quick(suite: &str, target: Target) -> Self {
        Self::new(suite, ProfileName::Quick, target)
    }

    /// Only these workloads, by id or alias; all when this is not called.
    #[must_use]
    pub fn workloads(mut self, ids: &[&str]) -> Self {
        self.workloads = ids.iter().map(|&id| id.to_owned()).collect();
        self
    }

    /// Measured repetitions instead of the profile's; the result says so.
    #[must_use]
    pub fn trials(mut self, trials: u32) -> Self {
        self.trials = Some(trials);
        self
    }

    /// The most output tokens of a request; the result says so.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// The model, as the backend names it; its first one when this is not called.
    #[must_use]
    pub fn model(mut self, id: &str) -> Self {
        self.model = Some(id.to_owned());
        self
    }

    /// The longest silence of the server; 600 s before the first byte of an answer
    /// and 120 s within it when this is not called.
    #[must_use]
    pub fn timeout(mut self, silence: Duration) -> Self {
        self.timeout = Some(silence);
        self
    }

    /// The same as options of a session, to change what else there is.
    ///
    /// # Errors
    /// [`Error::System`] when the path of this program is not known.
    pub fn options(&self) -> Result<RunOptions, Error> {
        let (backend, urls) = match &self.target {
            Target::BuiltIn => (Some("built-in".to_owned()), Vec::new()),
            Target::Url(url) => (None, vec![url.clone()]),
        };
        Ok(RunOptions {
            profile: self.profile,
            workloads: self.workloads.clone(),
            iterations: self.trials,
            max_tokens: self.max_tokens,
            budget_s: None,
            seed: None,
            patience: self.timeout,
            telemetry_hz: Some(10),
            bandwidth: true,
            cooldown_until_c: None,
            challenge: None,
            canary: true,
            cost: None,
            seat: None,
            target: TargetOptions {
                backend,
                urls,
                model: self.model.clone(),
                launch: false,
                program: None,
                secret: None,
                config: serde_json::Map::new(),
                plugin: None,
                engine: engine::command()?,
            },
        })
    }
}
