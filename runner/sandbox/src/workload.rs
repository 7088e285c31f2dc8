//! One session with a workload.

use std::sync::Arc;

use serde_json::Value;
use tachograph_model::{Outcome, ParamsDescription, Sample, Step, WorkloadContext, WorkloadReport};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::bindings::types::Error;
use crate::bindings::workload::Workload;
use crate::classify::end;
use crate::functions::failure_of;
use crate::limits::{FUEL_YIELD, WORKLOAD_FUEL, WORKLOAD_TIME};
use crate::state::{Base, WorkloadState, store};
use crate::{Host, Plugin, SandboxError, document};

/// A workload with its parameters. Everything it answers follows from what it is given.
///
/// After a trap, a spent budget, or a call whose future was dropped, every further call is
/// refused with `instance-poisoned`.
pub struct WorkloadSession {
    inner: Instance,
    session: ResourceAny,
}

/// An instance, with or without a session.
struct Instance {
    plugin: Plugin,
    store: Store<WorkloadState>,
    bindings: Workload,
    poisoned: Option<String>,
    busy: bool,
    _host: Arc<Host>,
}

impl Host {
    /// Opens a session of a workload.
    ///
    /// # Errors
    /// `wrong-role`, the codes of the plugin (for example for its parameters), and what ends a
    /// call.
    pub async fn open_workload(
        self: &Arc<Self>,
        plugin: &Plugin,
        params: &Value,
        context: &WorkloadContext,
        seed: u64,
    ) -> Result<WorkloadSession, SandboxError> {
        let mut inner = Instance::new(self, plugin, seed).await?;
        let params = params.to_string();
        let context = serde_json::to_string(context).unwrap_or_default();
        inner.begin("open")?;
        let api = inner.bindings.tachograph_plugin_workload_api();
        let answer = api.session().call_open(&mut inner.store, &params, &context, seed).await;
        let session = inner.end("open", answer)?;
        Ok(WorkloadSession { inner, session })
    }

    /// Asks a workload what it is.
    ///
    /// # Errors
    /// `schema-violation` if the description is not valid or names another plugin than the
    /// manifest, and what ends a call.
    pub async fn describe_workload(
        self: &Arc<Self>,
        plugin: &Plugin,
    ) -> Result<ParamsDescription, SandboxError> {
        let mut inner = Instance::new(self, plugin, 0).await?;
        inner.begin("describe")?;
        let api = inner.bindings.tachograph_plugin_workload_api();
        let text = api.call_describe(&mut inner.store).await;
        let text = inner.end("describe", text.map(Ok))?;
        let described: ParamsDescription = document::read(plugin.id(), "workload", &text)?;
        document::same_plugin(plugin, "workload", &described.id, &described.version)?;
        Ok(described)
    }
}

impl WorkloadSession {
    /// The next step, or `None` at the end. `outcome` is that of the last step.
    ///
    /// # Errors
    /// The codes of the plugin, `schema-violation`, and what ends a call.
    pub async fn next(&mut self, outcome: Option<&Outcome>) -> Result<Option<Step>, SandboxError> {
        let outcome = outcome.map(|o| serde_json::to_string(o).unwrap_or_default());
        let inner = &mut self.inner;
        inner.begin("next")?;
        let api = inner.bindings.tachograph_plugin_workload_api();
        let answer =
            api.session().call_next(&mut inner.store, self.session, outcome.as_deref()).await;
        let step = inner.end("next", answer)?;
        step.map(|text| document::read(inner.plugin.id(), "step", &text)).transpose()
    }

    /// What the workload makes of its samples.
    ///
    /// # Errors
    /// As [`WorkloadSession::next`].
    pub async fn report(&mut self, samples: &[Sample]) -> Result<WorkloadReport, SandboxError> {
        let samples = serde_json::to_string(samples).unwrap_or_default();
        let inner = &mut self.inner;
        inner.begin("report")?;
        let api = inner.bindings.tachograph_plugin_workload_api();
        let answer = api.session().call_report(&mut inner.store, self.session, &samples).await;
        let text = inner.end("report", answer)?;
        document::read(inner.plugin.id(), "workload-report", &text)
    }

    /// Whether every further call will be refused.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.inner.busy || self.inner.poisoned.is_some()
    }

    /// The fuel that the last call used.
    #[must_use]
    pub fn fuel_used(&self) -> u64 {
        WORKLOAD_FUEL - self.inner.store.get_fuel().unwrap_or(WORKLOAD_FUEL).min(WORKLOAD_FUEL)
    }
}

impl Instance {
    async fn new(host: &Arc<Host>, plugin: &Plugin, seed: u64) -> Result<Instance, SandboxError> {
        let linked = plugin.workload()?;
        let ticker = Arc::clone(&host.ticker);
        let base = Base::new(plugin, ticker, seed);
        let mut store = store(linked.engine(), WorkloadState { base });
        let fuelled = fuel(&mut store);
        let bindings = match fuelled {
            Ok(()) => linked.instantiate_async(&mut store).await,
            Err(error) => Err(error),
        };
        let bindings = end(&mut store, "start", bindings)?;
        Ok(Instance {
            plugin: plugin.clone(),
            store,
            bindings,
            poisoned: None,
            busy: false,
            _host: Arc::clone(host),
        })
    }

    fn begin(&mut self, function: &'static str) -> Result<(), SandboxError> {
        if self.busy {
            self.poisoned.get_or_insert_with(|| "cancelled".to_owned());
        }
        if let Some(code) = &self.poisoned {
            let plugin = self.plugin.id().to_owned();
            return Err(SandboxError::Poisoned { plugin, code: code.clone() });
        }
        tracing::trace!(plugin = self.plugin.id(), function, "call");
        let fuelled = fuel(&mut self.store);
        if fuelled.is_err() {
            return end(&mut self.store, function, fuelled);
        }
        self.busy = true;
        Ok(())
    }

    fn end<R>(
        &mut self,
        function: &'static str,
        answer: wasmtime::Result<Result<R, Error>>,
    ) -> Result<R, SandboxError> {
        self.busy = false;
        match end(&mut self.store, function, answer) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(SandboxError::Failed {
                plugin: self.plugin.id().to_owned(),
                failure: failure_of(error),
            }),
            Err(error) => {
                self.poisoned = Some(error.code().to_owned());
                Err(error)
            }
        }
    }
}

/// Gives a call its fuel and its time.
fn fuel(store: &mut Store<WorkloadState>) -> wasmtime::Result<()> {
    store.data_mut().base.begin(WORKLOAD_TIME);
    store.set_epoch_deadline(1);
    store.set_fuel(WORKLOAD_FUEL)?;
    store.fuel_async_yield_interval(Some(FUEL_YIELD))
}
