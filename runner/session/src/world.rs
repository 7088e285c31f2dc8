//! Where a run's facts and bytes come from: this machine, or a tape.

use std::{future::Future, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tachograph_model::Failure;
use tachograph_net::WireError;
use tachograph_sandbox::Wire;

use crate::{
    SessionError,
    gate::StepGate,
    journal::{from_value, to_value},
    live::Live,
    replay::Recorded,
};

/// The two worlds that a run can happen in.
pub(crate) enum World {
    /// Facts are measured and journalled; bytes come from the network.
    Live(Live),
    /// Facts and bytes come from a tape; nothing is measured.
    Replay(Arc<Recorded>),
}

impl World {
    /// Observes something once. Live, `observe` runs and its value goes to the
    /// tape; in a replay the value comes from the tape and `observe` never runs.
    pub(crate) async fn fact<T, F>(&self, key: &str, observe: F) -> Result<T, SessionError>
    where
        T: Serialize + DeserializeOwned,
        F: Future<Output = T>,
    {
        let value: Value = match self {
            Self::Live(live) => {
                let value = to_value(key, &observe.await)?;
                live.journal_fact(key, &value)?;
                value
            }
            Self::Replay(tape) => tape.fact(key)?,
        };
        // Live, too, the value goes through JSON: both worlds see the same.
        from_value(key, value)
    }

    /// The wire of one step.
    pub(crate) fn wire(&self, gate: Arc<StepGate>) -> Arc<dyn Wire> {
        match self {
            Self::Live(live) => live.wire(gate),
            Self::Replay(tape) => Recorded::wire(tape),
        }
    }

    /// The live half, to do what a replay need not do.
    pub(crate) fn live(&self) -> Option<&Live> {
        match self {
            Self::Live(live) => Some(live),
            Self::Replay(_) => None,
        }
    }
}

/// What a guest is told of a request that got no answer.
pub(crate) fn wire_failure(error: &WireError) -> Failure {
    Failure { retryable: error.retryable, ..Failure::new(&error.code, &error.message) }
}
