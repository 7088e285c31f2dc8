//! The trait of drivers.

use serde_json::Value;
use tachograph_model::{BackendInfo, DriverDescription, Failure, ModelInfo, Request};

use crate::{Http, Turn};

/// A plugin that speaks a backend's protocol.
///
/// A driver has no state: each call may run in a fresh instance. What
/// [`Driver::detect`] learns of a server goes into [`BackendInfo::extra`]; the
/// host hands that object back as `detected` inside the configuration of every
/// later call.
///
/// Every error is a [`Failure`] with a documented code; a driver never panics.
pub trait Driver {
    /// Describes the driver; deterministic, makes no host call.
    fn describe() -> DriverDescription;

    /// Tells what answers at the endpoint; fails with `not-this-backend` when
    /// it is something else, and with `loading` (retryable) while it starts.
    fn detect(http: &dyn Http, config: &Value) -> Result<BackendInfo, Failure>;

    /// The models that the backend offers.
    fn list_models(http: &dyn Http, config: &Value) -> Result<Vec<ModelInfo>, Failure> {
        Ok(Self::detect(http, config)?.models)
    }

    /// Runs one request and attributes every frame of its answer to the turn.
    fn generate(
        http: &dyn Http,
        request: &Request,
        turn: &mut dyn Turn,
        config: &Value,
    ) -> Result<(), Failure>;

    /// Counts the tokens of a text as the server's model sees it.
    fn count_tokens(
        http: &dyn Http,
        model: &str,
        text: &str,
        config: &Value,
    ) -> Result<u64, Failure> {
        let _ = (http, model, text, config);
        Err(unsupported("this driver knows no tokenizer of its backend"))
    }

    /// Empties the server's prefix cache.
    fn clear_cache(http: &dyn Http, config: &Value) -> Result<(), Failure> {
        let _ = (http, config);
        Err(unsupported("this driver cannot empty the prefix cache of its backend"))
    }

    /// The server's own counters, as a JSON object.
    fn server_metrics(http: &dyn Http, config: &Value) -> Result<Value, Failure> {
        let _ = (http, config);
        Err(unsupported("this driver reads no counters of its backend"))
    }
}

fn unsupported(message: &str) -> Failure {
    Failure::new("unsupported", message)
}
