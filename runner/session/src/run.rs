//! The run: it reads like the sentence in the architecture document.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tachograph_model::{
    BackendInfo, BackendSection, CostSection, Digest, Evidence, Fingerprint, Flag, HarnessSection,
    ModelIdentity, Name, PluginUsed, RunResult, RunnerBuild, SuiteUsed, Telemetry, WorkloadContext,
    WorkloadEntry, WorkloadResult,
};
use tachograph_net::{Client, Clock, Stamp};
use tachograph_sandbox::{Host, Plugin};
use tachograph_tape::TapeWriter;
use tachograph_trust::{RunKey, VerifiedSuite};
use tokio::sync::watch;

use crate::{
    Archive, Event, Observer, RunOptions, SealedRun, SessionError,
    budget::Budget,
    candidate::Candidate,
    challenge,
    cost::Cost,
    detect::Scout,
    discover::Discovery,
    evidence::{self, Probed, Rest},
    fresh::fresh_bytes,
    gate::StepGate,
    identity::{self, ModelFiles},
    journal::{Begin, REVISION},
    lane::Driver,
    launch::Launched,
    live::Live,
    self_test::{self, SelfTest},
    telemetry,
    workload::{self, Books, Limits, Stage},
    world::World,
};

/// A run that was sealed.
#[derive(Debug)]
pub struct Finished {
    /// What was sealed.
    pub run: SealedRun,
    /// The result.
    pub result: RunResult,
    /// Whether the user stopped it before its end.
    pub interrupted: bool,
}

/// Runs a suite against a backend and seals the result.
///
/// # Errors
/// When nothing can be measured or the result cannot be kept. What goes wrong
/// with one workload is in the result.
pub async fn run(
    host: &Arc<Host>,
    suite: VerifiedSuite,
    options: RunOptions,
    archive: &Archive,
    key: &RunKey,
    observer: Arc<dyn Observer>,
    interrupt: watch::Receiver<bool>,
) -> Result<Finished, SessionError> {
    // Wrong names are told before anything is started.
    let workloads = chosen(&suite, &options)?;
    let client = Client::new()?;
    let target = &options.target;
    let scout = Scout { host, suite: &suite, client: &client, options: target };
    let mut stop = interrupt.clone();
    let logs = archive.logs();
    let discovery = tokio::select! {
        discovery = scout.discover(observer.as_ref(), &logs) => discovery?,
        Ok(_) = stop.wait_for(|stop| *stop) => return Err(SessionError::Stopped),
    };
    if discovery.endpoint.exposes_secret() {
        observer.event(Event::Note("the API key travels unencrypted to another machine (http)"));
    }
    let begin = begin(&suite, &options, &workloads, &discovery, key);

    let recording = archive.record(begin.started_unix_s)?;
    if begin.plugin.is_some() {
        recording.keep_driver(&discovery.candidate.bytes)?;
    }
    let tape = TapeWriter::create(&recording.tape_path())?;
    let pid = discovery.launched.as_ref().and_then(Launched::pid);
    let live = Live::recording(client, discovery.endpoint, tape, interrupt, options.patience)
        .following(pid);
    let world = World::Live(live);
    let begin = world.fact("begin", std::future::ready(begin)).await?;
    let (driver, digests) = (&discovery.candidate.bytes, archive.digests());
    let made = Session::new(host.clone(), suite, begin, driver, world, observer, digests);
    let (session, measured) = match made {
        Ok(session) => {
            let measured = session.measure().await;
            (Some(session), measured)
        }
        Err(error) => (None, Err(error)),
    };
    // The backend is not needed any more, and sealing should not compete with it.
    if let Some(launched) = discovery.launched {
        launched.stop().await;
    }
    let sealable = measured.and_then(|measured| match &session {
        Some(session) => Ok((measured, session.close_tape()?)),
        None => Err(SessionError::Stopped),
    });
    let (measured, (tape, interrupted)) = match sealable {
        Ok(done) => done,
        Err(error) => {
            // What was measured before a late failure stays on its tape.
            if !session.is_some_and(|session| session.has_measured()) {
                recording.discard();
            }
            return Err(error);
        }
    };
    let result = measured.into_result(tape);
    let sealed = tachograph_trust::seal(&result, key)?;
    let run = archive.seal(recording, sealed)?;
    Ok(Finished { run, result, interrupted })
}

/// The workloads that the user chose, by id or alias; all when none is named.
fn chosen<'a>(
    suite: &'a VerifiedSuite,
    options: &RunOptions,
) -> Result<Vec<&'a WorkloadEntry>, SessionError> {
    let all = &suite.suite.workload;
    let named = |entry: &WorkloadEntry, name: &str| {
        entry.id.as_str() == name
            || entry.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(name))
    };
    for name in &options.workloads {
        if !all.iter().any(|entry| named(entry, name)) {
            return Err(SessionError::Unknown {
                what: "workload",
                name: name.clone(),
                known: all.iter().map(|entry| entry.id.to_string()).collect(),
            });
        }
    }
    let wanted = |entry: &&WorkloadEntry| {
        options.workloads.is_empty() || options.workloads.iter().any(|name| named(entry, name))
    };
    Ok(all.iter().filter(wanted).collect())
}

fn begin(
    suite: &VerifiedSuite,
    options: &RunOptions,
    workloads: &[&WorkloadEntry],
    discovery: &Discovery,
    key: &RunKey,
) -> Begin {
    let mut overrides = BTreeMap::new();
    let mut changed = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            overrides.insert(name.to_owned(), value);
        }
    };
    changed("iterations", options.iterations.map(|n| n.to_string()));
    changed("max_tokens", options.max_tokens.map(|n| n.to_string()));
    changed("budget_s", options.budget_s.map(|n| n.to_string()));
    changed("timeout_s", options.patience.map(|limit| limit.as_secs().to_string()));
    changed("seed", options.seed.map(|n| n.to_string()));
    let settings = Value::Object(options.target.config.clone());
    changed("set", (!options.target.config.is_empty()).then(|| settings.to_string()));
    let some = workloads.len() < suite.suite.workload.len();
    let ids: Vec<String> = workloads.iter().map(|entry| entry.id.to_string()).collect();
    changed("workloads", some.then(|| ids.join(",")));
    let challenge = options.challenge.as_ref().map(challenge::Challenge::take_up);
    let nonce = match &challenge {
        Some(challenge) => challenge::nonce(challenge),
        None => tachograph_workload_text::nonce(&fresh_bytes()),
    };
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Begin {
        revision: REVISION,
        pin: suite.pin.clone(),
        profile: options.profile,
        workloads: workloads.iter().map(|entry| entry.id.clone()).collect(),
        iterations: options.iterations,
        max_tokens: options.max_tokens,
        budget_s: options.budget_s,
        seed: options.seed.unwrap_or(suite.suite.seed),
        overrides,
        nonce,
        challenge,
        canary: options.canary,
        driver: discovery.candidate.name.clone(),
        plugin: (!discovery.candidate.official).then(|| Digest::of(&discovery.candidate.bytes)),
        origin: discovery.origin.to_owned(),
        preset: discovery.preset.clone(),
        launch: discovery.launch_used(),
        telemetry_hz: options.telemetry_hz.filter(|hz| *hz > 0),
        cost: options.cost,
        local: discovery.endpoint.is_loopback(),
        config: discovery.config.clone(),
        model: discovery.model.clone(),
        runner: RunnerBuild {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            wasmtime: tachograph_sandbox::WASMTIME_VERSION.to_owned(),
        },
        started_unix_s: since_1970.as_secs(),
        origin_ns: Clock::now().0,
        sealed_by: key.public_key().to_text(),
    }
}

/// The component of a suite's driver.
///
/// # Errors
/// [`SessionError::Unknown`] when the suite has none of that name.
pub(crate) fn suite_driver(suite: &VerifiedSuite, name: &Name) -> Result<Arc<[u8]>, SessionError> {
    let candidates = Candidate::of_suite(suite)?;
    let known = candidates.iter().map(|candidate| candidate.name.to_string()).collect();
    match candidates.into_iter().find(|candidate| candidate.name == *name) {
        Some(candidate) => Ok(candidate.bytes),
        None => Err(SessionError::Unknown { what: "driver", name: name.to_string(), known }),
    }
}

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
        Ok(Self { host, suite, begin, world, observer, driver, digests, ended })
    }

    /// Whether a workload has come to its end.
    fn has_measured(&self) -> bool {
        self.ended.load(Ordering::Relaxed) > 0
    }

    /// Whether the user stopped the run, however it came to show.
    fn stopped(&self) -> bool {
        self.world.live().is_some_and(Live::interrupted)
    }

    /// Fingerprint, self-test, detection, and every workload in turn.
    pub(crate) async fn measure(&self) -> Result<Measured, SessionError> {
        let fingerprint = self.fingerprint().await?;
        let self_test = self.self_test().await?;
        let (driver, info, model) = self.backend(&fingerprint).await?;
        let model_info = identity::choose(&info, self.begin.model.as_deref())?;
        if self.stopped() {
            return Err(SessionError::Stopped);
        }
        self.observer.event(Event::Backend {
            name: &title(&info),
            model: &model.id,
            pin: &self.suite.pin.to_string(),
        });
        let stage = Stage {
            host: &self.host,
            world: &self.world,
            driver: &driver,
            observer: self.observer.as_ref(),
            model: &model_info.id,
            facts: identity::facts(&model),
            seed: self.begin.seed,
            origin: Stamp(self.begin.origin_ns),
            challenge: self.begin.challenge.as_ref(),
        };
        let mut cost = self.begin.cost.map(Cost::new);
        let probed = self.probe(&stage, &info, model_info.max_context, cost.as_mut()).await?;
        let hz = self.begin.telemetry_hz;
        let sampler = telemetry::start(&self.world, hz);
        let mut books = Books::default();
        let official = self.begin.plugin.is_none();
        let mut plugins = vec![used(&self.driver, official)];
        let mut workloads = Vec::new();
        let mut budget = None;
        for (index, id) in self.begin.workloads.iter().enumerate() {
            let entry = self.suite.suite.workload.iter().find(|entry| entry.id == *id);
            let entry = entry.ok_or_else(|| SessionError::Unknown {
                what: "workload",
                name: id.to_string(),
                known: Vec::new(),
            })?;
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
        let telemetry = telemetry::stop(&self.world, hz, sampler).await?;
        let Books { harness, examiner } = books;
        let (harness, mut flags) = harness.finish(&self_test);
        flags.extend(telemetry::flags(telemetry.as_ref(), &fingerprint));
        if !official {
            let id = self.driver.id();
            flags.push(Flag::new("unofficial-plugin", format!("no suite pins the driver `{id}`")));
        }
        let evidence = examiner.finish(&Rest {
            probed: &probed,
            harness: &harness,
            flags: &flags,
            workloads: &workloads,
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
            evidence,
            flags,
        })
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
    ) -> Result<(Driver, BackendInfo, ModelIdentity), SessionError> {
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
        Ok((driver, info, model))
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
        let profile = self.suite.suite.profiles.get(&self.begin.profile);
        let profile = profile.ok_or_else(|| SessionError::Unknown {
            what: "profile",
            name: format!("{:?}", self.begin.profile).to_lowercase(),
            known: Vec::new(),
        })?;
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
        let result = workload::run(stage, entry, &plugin, &context, limits, books).await?;
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
    fn close_tape(&self) -> Result<(Digest, bool), SessionError> {
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

/// Everything that a run found out, before the digest of its tape is known.
pub(crate) struct Measured {
    begin: Begin,
    suite: SuiteUsed,
    cost: Option<CostSection>,
    plugins: Vec<PluginUsed>,
    info: BackendInfo,
    model: ModelIdentity,
    fingerprint: Fingerprint,
    workloads: Vec<WorkloadResult>,
    harness: HarnessSection,
    telemetry: Option<Telemetry>,
    evidence: Evidence,
    flags: Vec<Flag>,
}

impl Measured {
    /// The checks of the evidence; results of the first runs do not hold them.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) fn into_result(self, tape: Digest) -> RunResult {
        let Begin { driver, origin, preset, launch, local, .. } = self.begin;
        let info = identity::shared(self.info);
        let cost = self.cost;
        let backend = BackendSection { driver, origin, preset, launch, cost, local, info };
        RunResult {
            kind: "result".to_owned(),
            schema: 1,
            started_unix_s: self.begin.started_unix_s,
            suite: self.suite,
            runner: self.begin.runner,
            plugins: self.plugins,
            backend,
            model: self.model,
            fingerprint: self.fingerprint,
            nonce: self.begin.nonce,
            challenge: self.begin.challenge,
            workloads: self.workloads,
            harness: self.harness,
            telemetry: self.telemetry,
            evidence: (self.begin.revision >= 1).then_some(self.evidence),
            tape,
            sealed_by: self.begin.sealed_by,
            flags: self.flags,
        }
    }
}
