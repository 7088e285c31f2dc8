//! A client with a home of its own, starting from root 1 of a mirror.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tachograph_model::Moment;
use tachograph_trust::{TrustError, VerifiedSuite};
use tachograph_update::{
    Crash, FetchedPlugin, Origin, Patience, Place, Report, UpdateError, UpdateOptions,
    fetch_plugin, import, update,
};
use tokio::runtime::Runtime;

use crate::mirror::{Mirror, now, stable};

pub(crate) struct Client {
    home: tempfile::TempDir,
    crash: Option<Crash>,
    runtime: Runtime,
}

impl Client {
    pub(crate) fn new(mirror: &Mirror) -> Self {
        let home = tempfile::tempdir().unwrap();
        let anchor = home.path().join("anchor");
        fs::create_dir(&anchor).unwrap();
        for entry in fs::read_dir(mirror.file("root")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap();
            if name.to_str().unwrap().starts_with("1.toml") {
                fs::copy(&path, anchor.join(name)).unwrap();
            }
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Self { home, crash: None, runtime }
    }

    /// Fails before writes of the test's choice from now on.
    pub(crate) fn set_crash(&mut self, crash: Option<Crash>) {
        self.crash = crash;
    }

    pub(crate) fn anchor(&self) -> PathBuf {
        self.home.path().join("anchor/1.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(crate) fn place(&self) -> Place {
        let place = Place::under(&self.data(), &self.anchor()).unwrap();
        match &self.crash {
            Some(crash) => place.with_crash(crash.clone()),
            None => place,
        }
    }

    /// Updates from a folder, now.
    pub(crate) fn update(&self, from: &Path) -> Result<Report, UpdateError> {
        self.update_at(from.to_str().unwrap(), now())
    }

    /// Updates from anything, at any time.
    pub(crate) fn update_at(&self, from: &str, at: Moment) -> Result<Report, UpdateError> {
        self.run(from, options(at))
    }

    pub(crate) fn check(&self, from: &Path) -> Result<Report, UpdateError> {
        self.run(from.to_str().unwrap(), UpdateOptions { check: true, ..options(now()) })
    }

    pub(crate) fn run(&self, from: &str, options: UpdateOptions) -> Result<Report, UpdateError> {
        let origin = Origin::parse(from)?;
        self.runtime.block_on(update(&self.place(), &origin, &options))
    }

    pub(crate) fn fetch_plugin(
        &self,
        from: &str,
        name: &str,
    ) -> Result<FetchedPlugin, UpdateError> {
        let origin = Origin::parse(from)?;
        let name = name.parse().unwrap();
        self.runtime.block_on(fetch_plugin(&self.place(), &origin, &options(now()), &name))
    }

    pub(crate) fn import(&self, from: &Path) -> Result<Report, UpdateError> {
        let origin = Origin::parse(from.to_str().unwrap())?;
        self.runtime.block_on(import(&self.place(), &origin, None, patience()))
    }

    pub(crate) fn import_pin(&self, from: &str, pin: &str) -> Result<Report, UpdateError> {
        let pin: tachograph_model::Pin = pin.parse().unwrap();
        let origin = Origin::parse(from)?;
        let wanted = Some((&pin.name, pin.digest));
        self.runtime.block_on(import(&self.place(), &origin, wanted, patience()))
    }

    /// The suite and its plugins, as a run would load them.
    pub(crate) fn load(&self, spec: &str) -> Result<VerifiedSuite, TrustError> {
        let place = Place::under(&self.data(), &self.anchor()).unwrap();
        let state = place.state().unwrap();
        let suite = place.catalog(&state).unwrap().resolve(spec)?;
        for plugin in suite.plugins() {
            suite.blob(plugin)?;
        }
        Ok(suite)
    }

    /// The version that a name stands for; `None` when no such suite is here.
    pub(crate) fn version(&self, name: &str) -> Option<String> {
        self.load(name).ok().map(|suite| suite.suite.version)
    }

    /// The counter that is remembered of the channel.
    pub(crate) fn counter(&self) -> Option<u64> {
        self.place().state().unwrap().channel(&stable()).map(|channel| channel.version)
    }

    pub(crate) fn root(&self) -> u64 {
        self.place().state().unwrap().root().root().version
    }

    /// The folder of the record.
    pub(crate) fn trust_folder(&self) -> PathBuf {
        let folders = fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        folders.into_iter().find(|path| path.join("lock").exists()).unwrap()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.trust_folder().join("store")
    }
}

pub(crate) fn options(now: Moment) -> UpdateOptions {
    UpdateOptions {
        channel: stable(),
        check: false,
        now,
        runner: "0.1.0".to_owned(),
        patience: patience(),
    }
}

/// Enough for a machine that runs everything at once.
pub(crate) fn patience() -> Patience {
    Patience { grace: Duration::from_secs(20), bytes_per_s: 10_000 }
}

/// So that what is slow is soon too slow.
pub(crate) fn impatience() -> Patience {
    Patience { grace: Duration::from_millis(1500), ..patience() }
}

/// The code of an error that has to be one.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, UpdateError>) -> &'static str {
    result.unwrap_err().code()
}
