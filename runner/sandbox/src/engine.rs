//! The engines that compile and run plugins.

use std::path::Path;
use std::sync::Arc;

use tachograph_model::PluginRole;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};

use crate::bindings::driver::{Driver, DriverPre};
use crate::bindings::workload::{Workload, WorkloadPre};
use crate::limits::STACK_BYTES;
use crate::plugin::{Code, Plugin};
use crate::state::{DriverState, WorkloadState};
use crate::ticker::Ticker;
use crate::{SandboxError, preflight};

/// Compiles and runs plugins. One for a process is enough.
pub struct Host {
    drivers: Linker<DriverState>,
    workloads: Linker<WorkloadState>,
    pub(crate) ticker: Arc<Ticker>,
}

impl Host {
    /// Starts the engines. Compiled code is kept in `cache_dir`; `None` keeps none.
    ///
    /// The folder is made if need be. Nothing is ever loaded from it that the engine did not
    /// write for exactly these bytes, version and settings, so it must be writable by the user
    /// alone.
    ///
    /// # Errors
    /// `cache-dir` if others may write to the folder or it cannot be made; `host-start`.
    pub fn new(cache_dir: Option<&Path>) -> Result<Arc<Host>, SandboxError> {
        let start = |error: wasmtime::Error| SandboxError::Start { reason: format!("{error:#}") };
        let cache = cache_dir.map(open_cache).transpose()?;
        let engine = |fuel: bool| Engine::new(config(cache.clone()).consume_fuel(fuel));
        // Fuel costs speed, so only workloads pay for it; epochs cost little.
        let (plain, fuelled) = (engine(false).map_err(start)?, engine(true).map_err(start)?);
        let ticker = Ticker::start(vec![plain.clone(), fuelled.clone()])
            .map_err(|error| SandboxError::Start { reason: error.to_string() })?;
        let mut drivers = Linker::new(&plain);
        crate::wasi::link(&mut drivers).map_err(start)?;
        Driver::add_to_linker::<_, HasSelf<DriverState>>(&mut drivers, |s| s).map_err(start)?;
        let mut workloads = Linker::new(&fuelled);
        crate::wasi::link(&mut workloads).map_err(start)?;
        Workload::add_to_linker::<_, HasSelf<WorkloadState>>(&mut workloads, |s| s)
            .map_err(start)?;
        Ok(Arc::new(Host { drivers, workloads, ticker }))
    }

    /// Checks and compiles a component; blocks for as long as the compiler takes.
    ///
    /// # Errors
    /// Those of [`preflight`](crate::preflight()), `compile`, and `abi-mismatch`.
    pub fn load(&self, bytes: &[u8]) -> Result<Plugin, SandboxError> {
        let preflight = preflight(bytes)?;
        let compile = |error: wasmtime::Error| SandboxError::Compile {
            plugin: preflight.manifest.id.to_string(),
            reason: crate::functions::printable(&format!("{error:#}")),
        };
        let mismatch = |error: wasmtime::Error| SandboxError::Mismatch {
            plugin: preflight.manifest.id.to_string(),
            reason: crate::functions::printable(&format!("{error:#}")),
        };
        let code = match preflight.manifest.role {
            PluginRole::Driver => {
                let component = Component::new(self.drivers.engine(), bytes).map_err(compile)?;
                let linked = self.drivers.instantiate_pre(&component).map_err(mismatch)?;
                // Checks the types of the exports.
                DriverPre::new(linked.clone()).map_err(mismatch)?;
                Code::Driver(linked)
            }
            PluginRole::Workload => {
                let component = Component::new(self.workloads.engine(), bytes).map_err(compile)?;
                let linked = self.workloads.instantiate_pre(&component).map_err(mismatch)?;
                Code::Workload(WorkloadPre::new(linked).map_err(mismatch)?)
            }
        };
        Ok(Plugin::new(preflight, code))
    }
}

fn config(cache: Option<Cache>) -> Config {
    let mut config = Config::new();
    config
        .cache(cache)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        // Sync functions only, as the contract has it.
        .concurrency_support(false)
        .wasm_backtrace_max_frames(None)
        // The same arithmetic on every machine.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false);
    config
}

fn open_cache(folder: &Path) -> Result<Cache, SandboxError> {
    let wrong =
        |reason: String| SandboxError::CacheDir { path: folder.display().to_string(), reason };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| wrong(error.to_string()))?;
    let folder_is = std::fs::metadata(folder).map_err(|error| wrong(error.to_string()))?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&folder_is.permissions()) & 0o022 != 0 {
        return Err(wrong("others may write to it".to_owned()));
    }
    if !folder_is.is_dir() {
        return Err(wrong("it is not a folder".to_owned()));
    }
    // The engine asks for an absolute path.
    let folder = std::path::absolute(folder).map_err(|error| wrong(error.to_string()))?;
    let mut settings = CacheConfig::new();
    settings.with_directory(folder);
    Cache::new(settings).map_err(|error| wrong(format!("{error:#}")))
}
