//! One lane's driver.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tachograph_model::{BackendInfo, DriverDescription, Failure, ModelInfo, Request};
use tachograph_net::Framing;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower, Resource, TypedFunc};

use crate::bindings::driver::Driver;
use crate::bindings::types::Error;
use crate::call::{Call, Endpoint, Turn};
use crate::classify::end;
use crate::functions::failure_of;
use crate::limits::{DRIVER_TIME, UNREAD};
use crate::record::TurnRecord;
use crate::state::{Base, DriverState, store};
use crate::wire::{CallId, Wire, WireResponse};
use crate::{Host, Plugin, SandboxError, document};

/// What a driver is given.
pub struct DriverContext {
    /// Its configuration: a JSON object, checked by the caller against the schema in the
    /// driver's description (see [`check_against`](crate::check_against)).
    pub config: Value,
    /// The shared form of the fingerprint.
    pub probe: Value,
    /// Where its requests go.
    pub wire: Arc<dyn Wire>,
    /// The endpoint slots that the user bound; calls are made with the first.
    pub slots: Vec<String>,
    /// The seed of its random numbers.
    pub seed: u64,
}

/// A driver in a store of its own. Calls run one at a time.
///
/// After a trap, a timeout, or a call whose future was dropped, every further call is refused
/// with `instance-poisoned`; make a new instance then.
pub struct DriverInstance {
    plugin: Plugin,
    store: Store<DriverState>,
    instance: Instance,
    bindings: Driver,
    endpoint: Option<Resource<Endpoint>>,
    /// The code of what ended this instance.
    poisoned: Option<String>,
    busy: bool,
    // The engine's ticker lives as long as the last instance.
    _host: Arc<Host>,
}

impl Host {
    /// Instantiates a driver.
    ///
    /// # Errors
    /// `wrong-role`, or what ended the plugin's own start.
    pub async fn driver(
        self: &Arc<Self>,
        plugin: &Plugin,
        context: DriverContext,
    ) -> Result<DriverInstance, SandboxError> {
        let linked = plugin.driver()?;
        let ticker = Arc::clone(&self.ticker);
        let base = Base::new(plugin, ticker, context.seed);
        let data = DriverState {
            base,
            wire: context.wire,
            config: context.config.to_string(),
            probe: context.probe.to_string(),
            call: Call::default(),
        };
        let mut store = store(linked.engine(), data);
        begin(&mut store, "start");
        let instance = linked.instantiate_async(&mut store).await;
        let instance = end(&mut store, "start", instance)?;
        let bindings = Driver::new(&mut store, &instance);
        let bindings = end(&mut store, "start", bindings)?;
        let slot = context.slots.into_iter().next();
        let endpoint = slot.map(|slot| store.data_mut().base.table.push(Endpoint { slot }));
        let endpoint = end(&mut store, "start", endpoint.transpose().map_err(Into::into))?;
        Ok(DriverInstance {
            plugin: plugin.clone(),
            store,
            instance,
            bindings,
            endpoint,
            poisoned: None,
            busy: false,
            _host: Arc::clone(self),
        })
    }

    /// Asks a driver what it is.
    ///
    /// # Errors
    /// `schema-violation` if the description is not valid or names another plugin than the
    /// manifest, and what ends a call.
    pub async fn describe_driver(
        self: &Arc<Self>,
        plugin: &Plugin,
    ) -> Result<DriverDescription, SandboxError> {
        let context = DriverContext {
            config: Value::Object(serde_json::Map::new()),
            probe: Value::Null,
            wire: Arc::new(NoWire),
            slots: Vec::new(),
            seed: 0,
        };
        let mut driver = self.driver(plugin, context).await?;
        begin(&mut driver.store, "describe");
        let api = driver.bindings.tachograph_plugin_driver_api();
        let text = api.call_describe(&mut driver.store).await;
        let text = end(&mut driver.store, "describe", text)?;
        let described: DriverDescription = document::read(plugin.id(), "driver", &text)?;
        document::same_plugin(plugin, "driver", &described.id, &described.version)?;
        Ok(described)
    }
}

impl DriverInstance {
    /// Whether every further call will be refused.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.busy || self.poisoned.is_some()
    }

    /// The plugin that it is an instance of.
    #[must_use]
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// Asks whether the driver's backend answers at the endpoint. `call` names the call on the
    /// tape.
    ///
    /// # Errors
    /// `not-this-backend` and other codes of the plugin, `schema-violation`, and what ends a call.
    pub async fn detect(&mut self, call: &str) -> Result<BackendInfo, SandboxError> {
        let endpoint = self.begin(call, "detect")?;
        let api = self.bindings.tachograph_plugin_driver_api();
        let answer = api.call_detect(&mut self.store, endpoint).await;
        let text = self.end("detect", answer).await?;
        document::read(self.plugin.id(), "backend", &text)
    }

    /// Asks for the models of the backend.
    ///
    /// # Errors
    /// As [`DriverInstance::detect`].
    pub async fn list_models(&mut self, call: &str) -> Result<Vec<ModelInfo>, SandboxError> {
        let endpoint = self.begin(call, "list-models")?;
        let api = self.bindings.tachograph_plugin_driver_api();
        let answer = api.call_list_models(&mut self.store, endpoint).await;
        let text = self.end("list-models", answer).await?;
        document::read(self.plugin.id(), "models", &text)
    }

    /// Runs one request. Whatever happens is in the record; [`TurnRecord::failure`] says why it
    /// is not complete.
    pub async fn generate(&mut self, call: &str, request: &Request) -> TurnRecord {
        match self.try_generate(call, request).await {
            Ok(record) => record,
            Err(error) => {
                // What came before the failure is kept; what still streams is cancelled.
                let call = std::mem::take(&mut self.store.data_mut().call);
                let next = call.next("");
                let mut record = call.into_record();
                self.store.data_mut().call = next;
                record.failure = Some(cause(error, &record));
                record
            }
        }
    }

    async fn try_generate(
        &mut self,
        call: &str,
        request: &Request,
    ) -> Result<TurnRecord, SandboxError> {
        let text = serde_json::to_string(request).unwrap_or_default();
        let endpoint = self.begin(call, "generate")?;
        let number = self.store.data().call.number;
        let turn = self.store.data_mut().base.table.push(Turn { call: number });
        let turn = match turn {
            Ok(turn) => turn,
            Err(error) => return self.end("generate", Err(error.into())).await,
        };
        let lent = Resource::new_borrow(turn.rep());
        let api = self.bindings.tachograph_plugin_driver_api();
        let answer = api.call_generate(&mut self.store, endpoint, &text, lent).await;
        self.end("generate", answer).await?;
        // The table has it: nothing else could have taken it out.
        let _ = self.store.data_mut().base.table.delete(turn);
        let next = self.store.data().call.next("");
        let call = std::mem::replace(&mut self.store.data_mut().call, next);
        Ok(call.into_record())
    }

    /// Counts the tokens of a text with the server's own tokenizer.
    ///
    /// # Errors
    /// `unsupported` if the driver does not export `tokenizer`; otherwise as
    /// [`DriverInstance::detect`].
    pub async fn count_tokens(
        &mut self,
        call: &str,
        model: &str,
        text: &str,
    ) -> Result<u64, SandboxError> {
        let endpoint = self.begin(call, "count")?;
        let found = self.optional("tokenizer", "count")?;
        let answer = found.call_async(&mut self.store, (endpoint, model, text)).await;
        self.end("count", answer.map(|(answer,)| answer)).await
    }

    /// Empties the server's prefix cache.
    ///
    /// # Errors
    /// `unsupported` if the driver does not export `cache-control`; otherwise as
    /// [`DriverInstance::detect`].
    pub async fn clear_cache(&mut self, call: &str) -> Result<(), SandboxError> {
        let endpoint = self.begin(call, "clear")?;
        let found = self.optional("cache-control", "clear")?;
        let answer = found.call_async(&mut self.store, (endpoint,)).await;
        self.end("clear", answer.map(|(answer,)| answer)).await
    }

    /// Reads the server's counters.
    ///
    /// # Errors
    /// `unsupported` if the driver does not export `server-metrics`, `schema-violation` if they
    /// are no JSON; otherwise as [`DriverInstance::detect`].
    pub async fn server_metrics(&mut self, call: &str) -> Result<Value, SandboxError> {
        let endpoint = self.begin(call, "snapshot")?;
        let found = self.optional("server-metrics", "snapshot")?;
        let answer = found.call_async(&mut self.store, (endpoint,)).await;
        let text: String = self.end("snapshot", answer.map(|(answer,)| answer)).await?;
        document::json(self.plugin.id(), "server-metrics", &text)
    }

    /// Looks an optional function up; the call that was begun ends if there is none.
    fn optional<P, R>(
        &mut self,
        interface: &'static str,
        function: &'static str,
    ) -> Result<TypedFunc<P, (Result<R, Error>,)>, SandboxError>
    where
        P: ComponentNamedList + Lower,
        R: 'static,
        (Result<R, Error>,): ComponentNamedList + Lift,
    {
        let exports = &self.plugin.preflight().exports;
        let prefix = format!("tachograph:plugin/{interface}@");
        let found = exports.iter().find(|name| name.starts_with(&prefix)).and_then(|name| {
            let (_, interface) = self.instance.get_export(&mut self.store, None, name)?;
            let (_, function) =
                self.instance.get_export(&mut self.store, Some(&interface), function)?;
            self.instance.get_typed_func::<P, (Result<R, Error>,)>(&mut self.store, &function).ok()
        });
        found.ok_or_else(|| {
            self.store.data().base.clock.pause();
            self.busy = false;
            SandboxError::Unsupported { plugin: self.plugin.id().to_owned(), what: interface }
        })
    }

    fn begin(
        &mut self,
        call: &str,
        function: &'static str,
    ) -> Result<Resource<Endpoint>, SandboxError> {
        let plugin = || self.plugin.id().to_owned();
        if self.busy {
            self.poisoned.get_or_insert_with(|| "cancelled".to_owned());
        }
        if let Some(code) = &self.poisoned {
            return Err(SandboxError::Poisoned { plugin: plugin(), code: code.clone() });
        }
        let Some(endpoint) = &self.endpoint else {
            let failure = Failure::new("no-endpoint", "no endpoint is bound to this driver");
            return Err(SandboxError::Failed { plugin: plugin(), failure });
        };
        let lent = Resource::new_borrow(endpoint.rep());
        let next = self.store.data().call.next(call);
        self.store.data_mut().call = next;
        self.busy = true;
        begin(&mut self.store, function);
        Ok(lent)
    }

    /// Ends a call. Answers that the guest left unread are waited for while the call counts as
    /// running, so a caller that gives up on them poisons the instance as at any other time.
    async fn end<R>(
        &mut self,
        function: &'static str,
        answer: wasmtime::Result<Result<R, Error>>,
    ) -> Result<R, SandboxError> {
        match end(&mut self.store, function, answer) {
            Ok(Ok(value)) => {
                self.settle().await;
                self.busy = false;
                Ok(value)
            }
            Ok(Err(error)) => {
                // One that takes longer is cancelled with the call.
                let _ = tokio::time::timeout(UNREAD, self.settle()).await;
                self.busy = false;
                let plugin = self.plugin.id().to_owned();
                Err(SandboxError::Failed { plugin, failure: failure_of(error) })
            }
            Err(error) => {
                self.busy = false;
                self.poisoned = Some(error.code().to_owned());
                Err(error)
            }
        }
    }

    /// Waits for the end of every answer that still streams.
    async fn settle(&mut self) {
        for index in self.store.data().call.streaming() {
            if let Some(response) = self.store.data_mut().call.take_streaming(index) {
                let exchange = response.finish().await;
                self.store.data_mut().call.ended(index, exchange);
            }
        }
    }
}

/// Why a turn failed: a plugin that ran into a bound over an answer that itself broke off (at its
/// own bound, or when the server was lost) is not the cause.
fn cause(error: SandboxError, record: &TurnRecord) -> Failure {
    let broken = record.exchanges.iter().rev().find_map(|exchange| exchange.error.as_ref());
    match (&error, broken) {
        (
            SandboxError::OutOfMemory { .. }
            | SandboxError::Timeout { .. }
            | SandboxError::Flood { .. },
            Some(broken),
        ) => {
            // Not part of the failure: which bound comes first may differ in a replay.
            tracing::debug!(%error, "a driver could not take in an answer that broke off");
            Failure { retryable: broken.retryable, ..Failure::new(&broken.code, &broken.message) }
        }
        _ => error.into(),
    }
}

fn begin(store: &mut Store<DriverState>, function: &'static str) {
    tracing::trace!(plugin = store.data().base.plugin, function, "call");
    store.data_mut().base.begin(DRIVER_TIME);
    store.set_epoch_deadline(1);
}

/// The wire of a driver that only describes itself.
struct NoWire;

impl Wire for NoWire {
    fn send(
        &self,
        _: CallId,
        _: &str,
        _: tachograph_net::Request,
        _: Framing,
    ) -> BoxFuture<'_, Result<Box<dyn WireResponse>, Failure>> {
        let failure = Failure::new("no-endpoint", "a description makes no request");
        Box::pin(std::future::ready(Err(failure)))
    }
}
