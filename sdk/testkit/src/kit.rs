//! One test, from the component's bytes to the report.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tachograph_model::{BackendInfo, PluginRole};
use tachograph_sandbox::{Host, Plugin, SandboxError, check_against};
use tachograph_session::{Trial, TrialTurn};

use crate::{
    Check, CheckStatus, Dialect, Level, Report, TestkitError, basics,
    judge::{self, Judge},
    scenario::{self, Expect, Scenario, marker},
    script::Script,
    server::{Backend, Log, Server},
};

/// How long a server may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// A machine that was busy in one attempt is seldom so in three.
const ATTEMPTS: u32 = 3;

/// What to test, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server to play; found out with `detect` when not given.
    pub dialect: Option<Dialect>,
    /// A file that describes the server to play, for a protocol that the kit
    /// does not know; it goes before `dialect`.
    pub script: Option<PathBuf>,
    /// The driver's configuration: a JSON object.
    pub config: Value,
}

impl Default for Options {
    /// Finds out the dialect, with an empty configuration.
    fn default() -> Self {
        Self { dialect: None, script: None, config: Value::Object(serde_json::Map::new()) }
    }
}

/// Tests a driver and reports what it does right and wrong.
///
/// It needs a Tokio runtime with time and I/O; a test takes some seconds.
///
/// # Errors
/// Only what keeps the test from being made: a script or a configuration that
/// is none, a plugin that is no driver, a driver that accepts none of the kit's
/// servers. A driver's faults are in the report.
pub async fn test(
    host: &Arc<Host>,
    component: &[u8],
    options: &Options,
) -> Result<Report, TestkitError> {
    let script = match &options.script {
        Some(path) => {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|source| TestkitError::Read { path: path.clone(), source })?;
            Some(Script::parse(&text)?)
        }
        None => None,
    };
    let (checks, plugin) = basics::load(host, component);
    let Some(plugin) = plugin else { return Ok(Report::new("", "", None, checks)) };
    let manifest = &plugin.preflight().manifest;
    let (id, version) = (manifest.id.as_str().to_owned(), manifest.version.clone());
    if manifest.role != PluginRole::Driver {
        return Err(TestkitError::NotADriver { plugin: id });
    }
    let mut kit = Kit { host, plugin: &plugin, config: options.config.clone(), checks };
    let Some(description) = kit.describe().await else {
        return Ok(Report::new(&id, &version, None, kit.checks));
    };
    check_against(&id, "configuration", &description.config_schema, &options.config)
        .map_err(|error| TestkitError::Config { reason: error.to_string() })?;
    let backend = match (script, options.dialect) {
        (Some(script), _) => Backend::Follows(Box::new(script)),
        (None, Some(dialect)) => Backend::Plays(dialect),
        (None, None) => Backend::Plays(kit.guess().await?),
    };
    let word = match &backend {
        Backend::Plays(dialect) => dialect.word().to_owned(),
        _ => "script".to_owned(),
    };
    let checks = kit.run(&backend).await?;
    Ok(Report::new(&id, &version, Some(word), checks))
}

pub(crate) struct Kit<'a> {
    pub host: &'a Arc<Host>,
    pub plugin: &'a Plugin,
    pub config: Value,
    pub checks: Vec<Check>,
}

impl Kit<'_> {
    /// Binds the driver to a server.
    pub(crate) fn trial(&self, server: &Server, patience: Duration) -> Result<Trial, TestkitError> {
        let config = self.config.clone();
        Ok(Trial::new(self.host, self.plugin, &server.url(), None, config, patience)?)
    }

    /// Asks the driver about a server that plays `backend`.
    pub(crate) async fn ask(
        &self,
        backend: Backend,
    ) -> Result<Result<BackendInfo, SandboxError>, TestkitError> {
        let server = Server::start(backend).await.map_err(TestkitError::Server)?;
        Ok(self.trial(&server, PATIENCE)?.detect().await)
    }

    /// The first dialect that the driver accepts.
    async fn guess(&self) -> Result<Dialect, TestkitError> {
        let mut tried = Vec::new();
        for dialect in Dialect::ALL {
            match self.ask(Backend::Plays(dialect)).await? {
                Ok(_) => return Ok(dialect),
                Err(error) => tried.push(format!("{}: {error}", dialect.word())),
            }
        }
        Err(TestkitError::NoDialect { tried })
    }

    async fn run(mut self, backend: &Backend) -> Result<Vec<Check>, TestkitError> {
        let server = Server::start(backend.clone()).await.map_err(TestkitError::Server)?;
        let trial = self.trial(&server, PATIENCE)?;
        let found = self.detect(&trial).await;
        self.foreign(backend).await?;
        let Some(info) = found else { return Ok(self.checks) };
        let model = self.models(&trial, &info).await;
        let mut ended = Vec::new();
        for planned in scenario::all(backend, &model) {
            match planned {
                Ok(scenario) => {
                    let checks = self.play(&server, &info, &scenario, &mut ended).await?;
                    self.checks.extend(checks);
                }
                Err((id, reason)) => {
                    let mut judge = Judge::new(id);
                    judge.skip("scenario", Level::Required, reason);
                    self.checks.extend(judge.checks);
                }
            }
        }
        let mut trial = self.trial(&server, PATIENCE)?;
        trial.set_detected(&info);
        self.optional(&trial, &model).await;
        let mut judge = Judge::new("limits");
        judge.check(
            "bounds",
            Level::Required,
            ended.is_empty(),
            "no call is ended by the sandbox",
            match ended.is_empty() {
                true => "none was".to_owned(),
                false => ended.join("; "),
            },
            "the driver ran into a bound on memory, time or calls, or crashed",
        );
        self.checks.extend(judge.checks);
        Ok(self.checks)
    }

    /// Plays a scenario, again when nothing but a time was off.
    async fn play(
        &self,
        server: &Server,
        info: &BackendInfo,
        scenario: &Scenario,
        ended: &mut Vec<String>,
    ) -> Result<Vec<Check>, TestkitError> {
        let mut attempt = 1;
        loop {
            let mut judge = Judge::new(scenario.id);
            server.set(scenario.scene.clone());
            let mut trial = self.trial(server, scenario.patience)?;
            trial.set_detected(info);
            match run_trial(&trial, scenario).await {
                Ok(turns) => {
                    self.judge(&mut judge, scenario, &turns, &server.log());
                    ended.extend(turns.iter().filter_map(|turn| {
                        let failure = turn.record.failure.as_ref()?;
                        judge::of_the_sandbox(&failure.code)
                            .then(|| format!("{}: {}", scenario.id, failure.message))
                    }));
                }
                Err(error) => {
                    ended.push(format!("{}: {error}", scenario.id));
                    judge.check(
                        "start",
                        Level::Required,
                        false,
                        "the driver starts",
                        error.to_string(),
                        "the driver could not be started",
                    );
                }
            }
            let mut failed =
                judge.checks.iter().filter(|check| check.status == CheckStatus::Failed);
            let only_time = failed.all(|check| check.id.ends_with("/first-token-time"));
            let any = judge.checks.iter().any(|check| check.status == CheckStatus::Failed);
            if attempt == ATTEMPTS || !any || !only_time {
                return Ok(judge.checks);
            }
            attempt += 1;
        }
    }

    fn judge(&self, judge: &mut Judge, scenario: &Scenario, turns: &[TrialTurn], log: &Log) {
        let Some(turn) = turns.first() else { return };
        let streamed = log.streamed.first();
        match &scenario.expect {
            Expect::Answer { timed } => {
                judge.answer(turn, streamed, *timed);
                if scenario.id == "plain" {
                    judge.request(&log.asked, &marker(scenario.id), scenario.request.max_tokens);
                }
            }
            Expect::Twice => {
                judge.answer(turn, streamed, false);
                if let Some(second) = turns.get(1) {
                    judge.same(turn, second);
                }
            }
            Expect::Empty => judge.empty(turn),
            Expect::Failure(wanted) => judge::fails(judge, turn, streamed, wanted),
            Expect::ThenAnswer(wanted) => {
                judge::fails(judge, turn, None, wanted);
                if let Some(second) = turns.get(1) {
                    judge.answer(second, streamed, false);
                }
            }
        }
    }
}

async fn run_trial(trial: &Trial, scenario: &Scenario) -> Result<Vec<TrialTurn>, SandboxError> {
    let request = &scenario.request;
    match scenario.expect {
        Expect::Twice | Expect::ThenAnswer(_) => {
            trial.generate(&[request.clone(), request.clone()]).await
        }
        _ => trial.generate(std::slice::from_ref(request)).await,
    }
}
