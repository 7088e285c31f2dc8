//! One driver against one endpoint, outside any suite: what the conformance
//! kit needs.
//!
//! The same client, clock, sandbox and arithmetic as in a run; there is no
//! tape, no seal and no warm-up.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tachograph_model::{BackendInfo, ModelInfo, Phase, Request, Sample, Step};
use tachograph_net::{Client, Endpoint, Secret, Stamp};
use tachograph_sandbox::{Channel, DriverInstance, Host, Plugin, SandboxError, TurnRecord};

use crate::{
    SessionError,
    gate::StepGate,
    lane::{Driver, SLOT},
    live::Live,
    sample,
};

/// The step that every request of a trial is in.
const STEP: &str = "trial";

/// A driver and the endpoint that it is tried at.
pub struct Trial {
    driver: Driver,
    live: Live,
}

/// One request of a trial.
#[derive(Debug, Clone)]
pub struct TrialTurn {
    /// As a run would keep it. Its times count from the start of the process's
    /// clock, so they compare with [`Clock::now`](tachograph_net::Clock::now).
    pub sample: Sample,
    /// Everything that the driver said, and what arrived.
    pub record: TurnRecord,
}

impl TrialTurn {
    /// The text of one channel, in the order of its deltas.
    #[must_use]
    pub fn text(&self, channel: Channel) -> Vec<u8> {
        let mine = self.record.deltas.iter().filter(|delta| delta.channel == channel);
        mine.flat_map(|delta| delta.text.iter().copied()).collect()
    }
}

impl Trial {
    /// Binds a driver to an address.
    ///
    /// `config` is what the driver is given; `patience` bounds each exchange,
    /// from its first byte to its last.
    ///
    /// # Errors
    /// When the address is not one, or the client cannot be set up.
    pub fn new(
        host: &Arc<Host>,
        plugin: &Plugin,
        url: &str,
        secret: Option<Secret>,
        config: Value,
        patience: Duration,
    ) -> Result<Self, SessionError> {
        let endpoint = Endpoint::bind(SLOT, url, secret)?;
        Ok(Self {
            driver: Driver {
                host: host.clone(),
                plugin: plugin.clone(),
                config,
                probe: serde_json::json!({}),
                seed: 0,
            },
            live: Live::scouting(Client::new()?, endpoint, patience),
        })
    }

    /// Hands the driver what it found, as a run does after detection.
    pub fn set_detected(&mut self, info: &BackendInfo) {
        if let Value::Object(config) = &mut self.driver.config {
            config.insert("detected".to_owned(), info.extra.clone());
        }
    }

    /// Asks whether the driver's backend answers.
    ///
    /// # Errors
    /// What the driver or the sandbox says.
    pub async fn detect(&self) -> Result<BackendInfo, SandboxError> {
        self.instance().await?.detect("detect").await
    }

    /// Asks for the models.
    ///
    /// # Errors
    /// What the driver or the sandbox says.
    pub async fn list_models(&self) -> Result<Vec<ModelInfo>, SandboxError> {
        self.instance().await?.list_models("list-models").await
    }

    /// Counts the tokens of a text with the server's tokenizer.
    ///
    /// # Errors
    /// `unsupported`, and what the driver or the sandbox says.
    pub async fn count_tokens(&self, model: &str, text: &str) -> Result<u64, SandboxError> {
        self.instance().await?.count_tokens("count-tokens", model, text).await
    }

    /// Empties the server's prefix cache.
    ///
    /// # Errors
    /// As [`Trial::count_tokens`].
    pub async fn clear_cache(&self) -> Result<(), SandboxError> {
        self.instance().await?.clear_cache("clear-cache").await
    }

    /// Reads the server's counters.
    ///
    /// # Errors
    /// As [`Trial::count_tokens`].
    pub async fn server_metrics(&self) -> Result<Value, SandboxError> {
        self.instance().await?.server_metrics("server-metrics").await
    }

    /// Runs requests one after another in one instance, as a lane does.
    ///
    /// # Errors
    /// When the driver cannot be started; what a request fails with is in its
    /// sample.
    pub async fn generate(&self, requests: &[Request]) -> Result<Vec<TrialTurn>, SandboxError> {
        let mut turns = Vec::with_capacity(requests.len());
        let mut instance = self.instance().await?;
        for request in requests {
            let call = format!("{STEP}/{}", request.id);
            let record = instance.generate(&call, request).await;
            turns.push(turn_of(request, record));
        }
        Ok(turns)
    }

    async fn instance(&self) -> Result<DriverInstance, SandboxError> {
        let wire = self.live.wire(Arc::new(StepGate::open()));
        self.driver.host.driver(&self.driver.plugin, self.driver.context(wire)).await
    }
}

fn turn_of(request: &Request, record: TurnRecord) -> TrialTurn {
    let step = Step {
        id: STEP.to_owned(),
        phase: Phase::Measure,
        trial: 0,
        concurrency: 1,
        requests: Vec::new(),
    };
    let place =
        sample::Place { step: &step, request, lane: 0, origin: Stamp(0), rtt_floor_ns: None };
    TrialTurn { sample: sample::build(&place, &record), record }
}
