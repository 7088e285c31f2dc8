//! What a store holds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tachograph_model::WasiPart;
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::Plugin;
use crate::call::Call;
use crate::guest_clock::GuestClock;
use crate::limiter::Limiter;
use crate::limits::{HOST_CALLS, LOG_BYTES, Limits};
use crate::ticker::Ticker;
use crate::wasi::{LastWords, Random};
use crate::wire::Wire;

/// Why the host itself ended a call.
#[derive(Debug)]
pub(crate) enum Halt {
    Timeout,
    Flood { what: &'static str, limit: u64 },
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Halt::Timeout => f.write_str("the guest used up its time"),
            Halt::Flood { what, limit } => write!(f, "the guest used more than {limit} {what}"),
        }
    }
}

impl std::error::Error for Halt {}

/// What every store holds.
pub(crate) struct Base {
    pub(crate) plugin: String,
    pub(crate) limits: Limits,
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) clock: Arc<GuestClock>,
    pub(crate) random: Random,
    pub(crate) words: LastWords,
    pub(crate) log_left: usize,
    wasi: WasiCtx,
    /// Parts of WASI that the manifest names.
    declared: Vec<WasiPart>,
    /// The first part that was called without being named.
    pub(crate) undeclared: Option<WasiPart>,
    host_calls: u32,
}

impl Base {
    pub(crate) fn new(plugin: &Plugin, ticker: Arc<Ticker>, seed: u64) -> Base {
        let limits = plugin.limits();
        let words = LastWords::default();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        Base {
            plugin: plugin.id().to_owned(),
            limits,
            table,
            limiter: Limiter::new(limits.memory),
            clock: Arc::new(GuestClock::new(ticker)),
            random: Random::new(seed),
            wasi: crate::wasi::denied(&words),
            words,
            log_left: LOG_BYTES,
            declared: plugin.preflight().manifest.capabilities.wasi.clone(),
            undeclared: None,
            host_calls: 0,
        }
    }

    /// Begins a call into the guest.
    pub(crate) fn begin(&mut self, budget: Duration) {
        self.host_calls = 0;
        self.log_left = LOG_BYTES;
        self.limiter.refused = false;
        self.words.clear();
        self.clock.start(budget);
    }

    /// Notes that the guest called a part of WASI. The guest goes on in its empty world, so that
    /// one that crashes for another reason is still told that reason.
    pub(crate) fn touch(&mut self, part: WasiPart) {
        if !self.declared.contains(&part) {
            self.undeclared.get_or_insert(part);
        }
    }

    /// Counts a host call.
    pub(crate) fn count(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        if self.host_calls > HOST_CALLS {
            return Err(flood("host calls", u64::from(HOST_CALLS)));
        }
        Ok(())
    }
}

pub(crate) fn flood(what: &'static str, limit: u64) -> wasmtime::Error {
    wasmtime::Error::new(Halt::Flood { what, limit })
}

/// A store's data, whatever the role.
pub(crate) trait HasBase: WasiView + 'static {
    fn base(&mut self) -> &mut Base;
}

/// The data of a driver's store.
pub(crate) struct DriverState {
    pub(crate) base: Base,
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) config: String,
    pub(crate) probe: String,
    pub(crate) call: Call,
}

/// The data of a workload's store.
pub(crate) struct WorkloadState {
    pub(crate) base: Base,
}

impl HasBase for DriverState {
    fn base(&mut self) -> &mut Base {
        &mut self.base
    }
}

impl HasBase for WorkloadState {
    fn base(&mut self) -> &mut Base {
        &mut self.base
    }
}

impl WasiView for DriverState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.base.wasi, table: &mut self.base.table }
    }
}

impl WasiView for WorkloadState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.base.wasi, table: &mut self.base.table }
    }
}

/// A store with every bound in force.
pub(crate) fn store<T: HasBase>(engine: &Engine, mut data: T) -> Store<T> {
    let crossing = data.base().limits.crossing;
    let clock = Arc::clone(&data.base().clock);
    let mut store = Store::new(engine, data);
    store.limiter(|data| &mut data.base().limiter);
    store.set_hostcall_fuel(crossing);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        clock.pause();
        if clock.is_over() {
            return Err(wasmtime::Error::new(Halt::Timeout));
        }
        let clock = Arc::clone(&clock);
        let others = async move {
            tokio::task::yield_now().await;
            clock.resume();
        };
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(others)))
    });
    store
}
