//! The empty machine that a guest sees: clocks that stand still, no variable, no folder.
//!
//! Every call is noted, see [`Base::touch`].

use tachograph_model::WasiPart;
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::state::Base;

impl clocks::wall_clock::Host for Base {
    fn now(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        self.touch(WasiPart::Clock);
        Ok(clocks::wall_clock::Datetime { seconds: 0, nanoseconds: 0 })
    }

    fn resolution(&mut self) -> wasmtime::Result<clocks::wall_clock::Datetime> {
        self.touch(WasiPart::Clock);
        Ok(clocks::wall_clock::Datetime { seconds: 1, nanoseconds: 0 })
    }
}

impl clocks::monotonic_clock::Host for Base {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.touch(WasiPart::Clock);
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.touch(WasiPart::Clock);
        Ok(1_000_000_000)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.now_ready()
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.now_ready()
    }
}

impl Base {
    /// A clock that stands still cannot wait.
    fn now_ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        self.count()?;
        self.touch(WasiPart::Clock);
        let ready = self.table.push(Ready)?;
        subscribe(&mut self.table, ready)
    }
}

struct Ready;

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

impl cli::environment::Host for Base {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.touch(WasiPart::Environment);
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.touch(WasiPart::Environment);
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.touch(WasiPart::Environment);
        Ok(None)
    }
}

impl filesystem::preopens::Host for Base {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        self.touch(WasiPart::Files);
        Ok(Vec::new())
    }
}
