//! One run in one world: from the fingerprint to the last workload. A live world
//! measures and a taped one replays; the code is the same.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::Value;
use tachograph_model::{
    BackendInfo, Digest, Evidence, Fingerprint, Flag, ModelIdentity, PluginUsed, RunResult,
    SuiteUsed, WorkloadContext, WorkloadEntry, WorkloadResult,
};
use tachograph_net::Stamp;
use tachograph_sandbox::{Host, Plugin};
use tachograph_trust::VerifiedSuite;

use crate::{
    Event, Observer, Seat, SessionError,
    budget::Budget,
    cooldown,
    cost::Cost,
    evidence::{self, Probed, Rest},
    gate::StepGate,
    harness::Harness,
    identity::{self, ModelFiles},
    journal::Begin,
    lane::Driver,
    live::Live,
    measured::Measured,
    observed,
    roof::{self, Ceiling, Subject},
    seat,
    self_test::{self, SelfTest},
    watch::{Watch, Watched, busy, flags as machine_flags},
    workload::{self, Books, Limits, Stage},
    world::World,
};

/// One run in one world.
pub(crate) struct Session {
    host: Arc<Host>,
    suite: VerifiedSuite,
    begin: Begin,
    world: World,
    observer: Arc<dyn Observer>,
    driver: Plugin,
    /// The folder that remembers digests of model files.
    digests: PathBuf,
    /// Workloads that have ended.
    ended: AtomicU32,
    /// The seat of a run that takes turns with another.
    seat: Option<Seat>,
}

impl Session {
    pub(crate) fn new(
        host: Arc<Host>,
        suite: VerifiedSuite,
        begin: Begin,
        driver: &[u8],
        world: World,
        observer: Arc<dyn Observer>,
        digests: PathBuf,
    ) -> Result<Self, SessionError> {
        let driver = host.load(driver)?;
        let ended = AtomicU32::new(0);
        Ok(Self { host, suite, begin, world, observer, driver, digests, ended, seat: None })
    }

    /// Gives the run a seat.
    pub(crate) fn seated(self, seat: Option<Seat>) -> Self {
        Self { seat, ..self }
    }

    /// Whether a workload has come to its end.
    pub(crate) fn has_measured(&self) -> bool {
        self.ended.load(Ordering::Relaxed) > 0
    }

    /// Whether the user stopped the run, however it came to show.
    fn stopped(&self) -> bool {
        self.world.live().is_some_and(Live::interrupted)
    }

    /// Fingerprint, self-test, detection, and every workload in turn.
    pub(crate) async fn measure(&self) -> Result<Measured, SessionError> {
        let ready = seat::turn(self.seat.as_ref()).await;
        let fingerprint = self.fingerprint().await?;
        let self_test = self.self_test().await?;
        let (driver, info, model, files) = self.backend(&fingerprint).await?;
        let model_info = identity::choose(&info, self.begin.model.as_deref())?;
        if self.stopped() {
            return Err(SessionError::Stopped);
        }
        drop(ready);
        if let Some(seat) = &self.seat {
            seat.agree(self.known(&info, &model, &fingerprint)).await?;
        }
        self.observer.event(Event::Backend {
            name: &title(&info),
            model: &model.id,
            pin: &self.suite.pin.to_string(),
        });
        let probing = seat::turn(self.seat.as_ref()).await;
        if let (Some(_), Some(busy)) = (self.world.live(), busy(&fingerprint)) {
            self.observer.event(Event::Note(&format!("this machine is busy: {busy}")));
        }
        let ceiling = self.ceiling(&fingerprint, &files).await?;
        drop(probing);
        let hz = self.begin.telemetry_hz;
        let watch = Watch::start(&self.world, hz);
        let stage = Stage {
            host: &self.host,
            world: &self.world,
            driver: &driver,
            observer: self.observer.as_ref(),
            seat: self.seat.as_ref(),
            model: &model_info.id,
            facts: identity::facts(&model, ceiling.as_ref()),
            watch: &watch,
            seed: self.begin.seed,
            origin: Stamp(self.begin.origin_ns),
            challenge: self.begin.challenge.as_ref(),
        };
        let mut cost = self.begin.cost.map(Cost::new);
        let probed = self.probe(&stage, &info, model_info.max_context, cost.as_mut()).await?;
        let mut books = Books::default();
        let official = self.begin.plugin.is_none();
        let mut plugins = vec![used(&self.driver, official)];
        let mut workloads = Vec::new();
        let mut budget = None;
        for (index, id) in self.begin.workloads.iter().enumerate() {
            let entry = workload::entry(&self.suite, id)?;
            let cooling = seat::turn(self.seat.as_ref()).await;
            self.cool_down().await;
            drop(cooling);
            let (result, plugin) = self
                .workload(
                    &stage,
                    entry,
                    index,
                    &info,
                    model_info.max_context,
                    &mut budget,
                    cost.as_mut(),
                    &mut books,
                )
                .await?;
            if !plugins.contains(&plugin) {
                plugins.push(plugin);
            }
            workloads.push(result);
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
        let revision = self.begin.revision;
        let Watched { telemetry, stretches } = watch.stop(&self.world, revision).await?;
        if let Some(ceiling) = &ceiling {
            for workload in &mut workloads {
                observed::fill(workload, &stretches);
                ceiling.hold_against(workload);
            }
        }
        let Books { harness, examiner } = books;
        let (harness, mut flags) = harness.finish(&self_test);
        flags.extend(machine_flags(telemetry.as_ref(), &fingerprint, revision));
        if let Some(reason) = &self.begin.withdrawn {
            flags.push(Flag::new("withdrawn-suite", format!("the suite was withdrawn: {reason}")));
        }
        if let Some(reason) = &self.begin.plugin_withdrawn {
            let why = format!("the driver was withdrawn: {reason}");
            flags.push(Flag::new("withdrawn-plugin", why));
        }
        if !official {
            let id = self.driver.id();
            flags.push(Flag::new("unofficial-plugin", format!("no suite pins the driver `{id}`")));
        }
        let evidence = examiner.finish(&Rest {
            probed: &probed,
            harness: &harness,
            flags: &flags,
            workloads: &workloads,
            roof: ceiling.as_ref().map(|ceiling| &ceiling.roof),
            nonce: &self.begin.nonce,
            challenge: self.begin.challenge.as_ref(),
        });
        Ok(Measured {
            begin: self.begin.clone(),
            suite: self.suite_used(),
            cost: cost.as_ref().map(Cost::section),
            plugins,
            info,
            model,
            fingerprint,
            workloads,
            harness,
            telemetry,
            roof: ceiling.map(|ceiling| ceiling.roof),
            evidence,
            flags,
        })
    }

    /// What the memory allows; results of the first revision do not say.
    async fn ceiling(
        &self,
        machine: &Fingerprint,
        files: &ModelFiles,
    ) -> Result<Option<Ceiling>, SessionError> {
        if self.begin.revision == 0 {
            return Ok(None);
        }
        let (facts, local) = (files.facts.as_ref(), self.begin.local);
        let subject = Subject { facts, unread: &files.source, local, machine };
        let observer = self.observer.as_ref();
        roof::ceiling(&self.world, subject, self.begin.bandwidth, observer).await.map(Some)
    }

    /// Waits until the machine is as cool as the user asked for; see
    /// [`cooldown`](crate::cooldown).
    async fn cool_down(&self) {
        if let (Some(live), Some(celsius)) = (self.world.live(), self.begin.cooldown_until_c) {
            cooldown::wait(celsius, live.interruption(), self.observer.as_ref()).await;
        }
    }

    /// What is known before the first step, as a result without workloads.
    fn known(
        &self,
        info: &BackendInfo,
        model: &ModelIdentity,
        fingerprint: &Fingerprint,
    ) -> RunResult {
        let known = Measured {
            begin: self.begin.clone(),
            suite: self.suite_used(),
            cost: None,
            plugins: Vec::new(),
            info: info.clone(),
            model: model.clone(),
            fingerprint: fingerprint.clone(),
            workloads: Vec::new(),
            harness: Harness::default().finish(&SelfTest::default()).0,
            telemetry: None,
            roof: None,
            evidence: Evidence::default(),
            flags: Vec::new(),
        };
        known.into_result(Digest::of(b""))
    }

    /// The probes of the evidence, before the workloads.
    async fn probe(
        &self,
        stage: &Stage<'_>,
        info: &BackendInfo,
        max_context: Option<u64>,
        cost: Option<&mut Cost>,
    ) -> Result<Probed, SessionError> {
        if self.begin.revision < 1 {
            return Ok(Probed::left_out("this run is older than the probes"));
        }
        if !self.begin.canary {
            return Ok(Probed::left_out("the user left the probes out"));
        }
        let context = WorkloadContext {
            workload: "evidence".to_owned(),
            nonce: self.begin.nonce.clone(),
            profile: self.begin.profile,
            trials: 1,
            warmup: 0,
            max_tokens: None,
            max_context,
            tools: info.tools,
        };
        let _turn = seat::turn(self.seat.as_ref()).await;
        evidence::ask(stage, &context, cost).await
    }

    async fn fingerprint(&self) -> Result<Fingerprint, SessionError> {
        let probe = async { tachograph_probe::fingerprint() };
        self.world.fact("fingerprint", probe).await
    }

    async fn self_test(&self) -> Result<SelfTest, SessionError> {
        let test = async {
            match self.world.live() {
                Some(live) => self_test::run(live.client()).await,
                None => SelfTest::default(),
            }
        };
        self.world.fact("self-test", test).await
    }

    /// Asks the backend what it is and offers, and which model is measured.
    async fn backend(
        &self,
        fingerprint: &Fingerprint,
    ) -> Result<(Driver, BackendInfo, ModelIdentity, ModelFiles), SessionError> {
        let mut driver = Driver {
            host: self.host.clone(),
            plugin: self.driver.clone(),
            config: self.begin.config.clone(),
            probe: serde_json::to_value(fingerprint).unwrap_or_default(),
            seed: self.begin.seed,
        };
        let wire = self.world.wire(Arc::new(StepGate::open()));
        let mut instance = self.host.driver(&driver.plugin, driver.context(wire)).await?;
        let info = instance.detect("detect").await.map_err(|error| match self.stopped() {
            true => SessionError::Stopped,
            false => error.into(),
        })?;
        // What a driver found out once, its later instances are told.
        if let Value::Object(config) = &mut driver.config {
            config.insert("detected".to_owned(), info.extra.clone());
        }
        let chosen = identity::choose(&info, self.begin.model.as_deref())?;
        let (path, local) = (chosen.local_path.clone(), self.begin.local);
        let digests = self.digests.clone();
        let read = async {
            let task = tokio::task::spawn_blocking(move || {
                identity::read_files(path.as_deref(), local, &digests)
            });
            task.await.unwrap_or_else(|error| ModelFiles {
                digest: None,
                source: format!("reading the model file failed: {error}"),
                facts: None,
            })
        };
        let file: ModelFiles = self.world.fact("model-file", read).await?;
        let model = identity::identity(&chosen, &file);
        Ok((driver, info, model, file))
    }

    #[expect(clippy::too_many_arguments, reason = "each is a separate part of the run's state")]
    async fn workload(
        &self,
        stage: &Stage<'_>,
        entry: &WorkloadEntry,
        index: usize,
        info: &BackendInfo,
        max_context: Option<u64>,
        budget: &mut Option<Budget>,
        cost: Option<&mut Cost>,
        books: &mut Books,
    ) -> Result<(WorkloadResult, PluginUsed), SessionError> {
        let profile = workload::profile(&self.suite, self.begin.profile)?;
        let plugin = self.host.load(&self.suite.blob(&entry.plugin)?)?;
        let context = WorkloadContext {
            workload: entry.id.to_string(),
            nonce: self.begin.nonce.clone(),
            profile: self.begin.profile,
            trials: self.begin.iterations.unwrap_or(profile.trials),
            warmup: profile.warmup,
            max_tokens: self.begin.max_tokens,
            max_context,
            tools: info.tools,
        };
        let (id, of) = (entry.id.as_str(), self.begin.workloads.len());
        let budget_s = self.begin.budget_s.unwrap_or(profile.budget_s);
        self.observer.event(Event::WorkloadBegins { id, index, of, budget_s });
        let mut allowed = Budget::new(budget_s, budget.as_ref());
        let limits = Limits { budget: &mut allowed, cost };
        let mut result = workload::run(stage, entry, &plugin, &context, limits, books).await?;
        if self.begin.revision >= 1 {
            workload::judge_pace(&mut result);
        }
        *budget = Some(allowed);
        self.observer.event(Event::WorkloadEnds { report: &result.report });
        Ok((result, used(&plugin, true)))
    }

    fn suite_used(&self) -> SuiteUsed {
        SuiteUsed {
            pin: self.suite.pin.clone(),
            version: self.suite.suite.version.clone(),
            metrics: self.suite.suite.metrics.clone(),
            profile: self.begin.profile,
            overrides: self.begin.overrides.clone(),
        }
    }

    /// Closes the tape of a live run; says whether the user stopped it.
    pub(crate) fn close_tape(&self) -> Result<(Digest, bool), SessionError> {
        match self.world.live() {
            Some(live) => Ok((live.finish_tape()?, live.interrupted())),
            None => Err(SessionError::Stopped),
        }
    }
}

fn title(info: &BackendInfo) -> String {
    match &info.version {
        Some(version) => format!("{} {version}", info.name),
        None => info.name.clone(),
    }
}

fn used(plugin: &Plugin, official: bool) -> PluginUsed {
    let preflight = plugin.preflight();
    PluginUsed {
        id: preflight.manifest.id.clone(),
        version: preflight.manifest.version.clone(),
        sha256: preflight.digest,
        abi: preflight.abi.clone(),
        official,
    }
}
