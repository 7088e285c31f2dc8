//! `config`, `log` and `probe`.

use crate::bindings::{config, log, probe, types};
use crate::state::{Base, DriverState, WorkloadState};

use super::{cut, printable};

impl types::Host for DriverState {}
impl types::Host for WorkloadState {}

impl config::Host for DriverState {
    fn get(&mut self) -> wasmtime::Result<String> {
        self.base.count()?;
        Ok(self.config.clone())
    }
}

impl probe::Host for DriverState {
    fn snapshot(&mut self) -> wasmtime::Result<String> {
        self.base.count()?;
        Ok(self.probe.clone())
    }
}

impl log::Host for DriverState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.base.log(level, &message)
    }
}

impl log::Host for WorkloadState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.base.log(level, &message)
    }
}

impl Base {
    fn log(&mut self, level: log::Level, message: &str) -> wasmtime::Result<()> {
        self.count()?;
        if self.log_left == 0 {
            return Ok(());
        }
        let kept = cut(message, self.log_left);
        self.log_left -= kept.len();
        if kept.len() < message.len() {
            self.log_left = 0;
        }
        let (plugin, line) = (&self.plugin, printable(kept));
        match level {
            log::Level::Debug => tracing::debug!(target: "plugin", plugin, "{line}"),
            log::Level::Info => tracing::info!(target: "plugin", plugin, "{line}"),
            log::Level::Warn => tracing::warn!(target: "plugin", plugin, "{line}"),
        }
        if self.log_left == 0 {
            tracing::warn!(target: "plugin", plugin, "further lines of this call are left out");
        }
        Ok(())
    }
}
