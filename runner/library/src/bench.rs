//! A place to measure from: suites, sandbox, key and the runs that are kept.

use std::{path::Path, sync::Arc};

use tachograph_sandbox::Host;
use tachograph_session::{Archive, Finished, Observer, RunOptions, Silent, interrupt_channel};
use tachograph_trust::{Catalog, RunKey};

use crate::{Error, Measure};

/// The suites of this build, a sandbox, a run key, and a folder of runs.
pub struct Bench {
    host: Arc<Host>,
    archive: Archive,
    catalog: Catalog,
    key: RunKey,
}

impl Bench {
    /// A bench that keeps everything in a folder, which is made when it is
    /// missing: runs in `data`, the run key in `config`, compiled plugins in
    /// `cache`.
    ///
    /// # Errors
    /// When a folder cannot be made, the key cannot be read, or the sandbox cannot
    /// be set up.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let hash = tachograph_probe::fingerprint().hash;
        Ok(Self {
            host: Host::new(Some(&folder.join("cache/plugins")))?,
            archive: Archive::open(&folder.join("data"))?,
            catalog: Catalog::builtin(),
            key: RunKey::load_or_create(folder.join("config"), &hash)?,
        })
    }

    /// The runs that are kept.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Measures and seals, on a runtime of many threads.
    ///
    /// # Errors
    /// When nothing can be measured or kept.
    pub async fn run(&self, measure: &Measure) -> Result<Finished, Error> {
        self.run_with(&measure.suite, measure.options()?, Arc::new(Silent)).await
    }

    /// The same for programs without a runtime.
    ///
    /// # Errors
    /// As [`Bench::run`], and when no runtime can be started.
    pub fn run_blocking(&self, measure: &Measure) -> Result<Finished, Error> {
        let runtime = tokio::runtime::Runtime::new().map_err(Error::system("start a runtime"))?;
        runtime.block_on(self.run(measure))
    }

    /// Measures with all the options of a session, and tells an observer.
    ///
    /// # Errors
    /// As [`Bench::run`].
    pub async fn run_with(
        &self,
        suite: &str,
        options: RunOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<Finished, Error> {
        let suite = self.catalog.resolve(suite)?;
        let (_never, interrupt) = interrupt_channel();
        let (host, archive, key) = (&self.host, &self.archive, &self.key);
        let run = tachograph_session::run(host, suite, options, archive, key, observer, interrupt);
        Ok(run.await?)
    }
}
