//! What is checked besides answers: the component, its documents, detection,
//! and the functions that a driver may have.

use serde_json::json;
use tachograph_model::{BackendInfo, DriverDescription, PluginManifest};
use tachograph_sandbox::{Host, Plugin, SandboxError, check_against};
use tachograph_session::Trial;

use crate::{
    Check, Dialect, Level, TestkitError,
    judge::{self, Judge, told},
    kit::Kit,
    server::Backend,
};

/// The slot that hosts bind the server to.
const SLOT: &str = "api";

/// Loads a component; `None` when it cannot be.
pub(crate) fn load(host: &Host, component: &[u8]) -> (Vec<Check>, Option<Plugin>) {
    let mut judge = Judge::new("component");
    let loaded = host.load(component);
    judge.check(
        "loads",
        Level::Required,
        loaded.is_ok(),
        "the sandbox loads it",
        match &loaded {
            Ok(_) => "loaded".to_owned(),
            Err(error) => format!("{}: {error}", error.code()),
        },
        "the component does not load",
    );
    let Ok(plugin) = loaded else { return (judge.checks, None) };
    manifest(&mut judge, &plugin.preflight().manifest);
    (judge.checks, Some(plugin))
}

fn manifest(judge: &mut Judge, manifest: &PluginManifest) {
    let slots = &manifest.capabilities.endpoints;
    judge.check(
        "endpoint-slot",
        Level::Required,
        slots.iter().any(|slot| slot.as_str() == SLOT),
        "the endpoint slot `api`",
        slots.iter().map(|slot| slot.as_str()).collect::<Vec<_>>().join(", "),
        "hosts bind the server to the slot `api`, and the manifest does not ask for it",
    );
    let numbers: Vec<_> =
        manifest.version.split(['-', '+']).next().unwrap_or_default().split('.').collect();
    let version = numbers.len() == 3 && numbers.iter().all(|part| part.parse::<u64>().is_ok());
    judge.check(
        "version",
        Level::Recommended,
        version,
        "three numbers, for example 1.0.0",
        &manifest.version,
        "the version is no semantic version",
    );
    let asked = &manifest.capabilities.launch;
    let unnamed: Vec<&str> = manifest
        .launch
        .iter()
        .filter(|recipe| !asked.contains(&recipe.name))
        .map(|recipe| recipe.name.as_str())
        .collect();
    judge.check(
        "launch-recipes",
        Level::Recommended,
        unnamed.is_empty(),
        "every recipe is asked for in `capabilities.launch`",
        unnamed.join(", "),
        "a recipe that no capability names is never run",
    );
}

impl Kit<'_> {
    /// Asks the driver what it is, twice.
    pub(crate) async fn describe(&mut self) -> Option<DriverDescription> {
        let mut judge = Judge::new("description");
        let first = self.host.describe_driver(self.plugin).await;
        judge.check(
            "valid",
            Level::Required,
            first.is_ok(),
            "a `driver` document that names this plugin",
            first.as_ref().map_or_else(ToString::to_string, |_| "valid".to_owned()),
            "`describe` does not answer as the contract says",
        );
        if let Ok(description) = &first {
            let again = self.host.describe_driver(self.plugin).await;
            judge.check(
                "deterministic",
                Level::Required,
                again.as_ref() == Ok(description),
                "the same description each time",
                "compared twice",
                "`describe` gives another document each time",
            );
            let id = self.plugin.id();
            let usable = check_against(id, "configuration", &description.config_schema, &json!({}));
            // Whether an empty configuration fits is for the schema to say;
            // one that is not usable names itself.
            let own = matches!(&usable, Err(SandboxError::Schema { reason, .. })
                if reason.contains("the plugin's own schema is not usable"));
            judge.check(
                "config-schema",
                Level::Required,
                !own && description.config_schema.is_object(),
                "a JSON Schema",
                usable
                    .as_ref()
                    .err()
                    .filter(|_| own)
                    .map_or_else(|| "usable".to_owned(), ToString::to_string),
                "the schema of the configuration is no JSON Schema",
            );
            judge.check(
                "no-config-needed",
                Level::Recommended,
                own || usable.is_ok(),
                "an empty configuration fits",
                usable.as_ref().err().map_or_else(|| "fits".to_owned(), ToString::to_string),
                "the driver cannot be used without being configured",
            );
        }
        self.checks.extend(judge.checks);
        first.ok()
    }

    /// Asks about the server that it is for.
    pub(crate) async fn detect(&mut self, trial: &Trial) -> Option<BackendInfo> {
        let mut judge = Judge::new("detect");
        let found = trial.detect().await;
        judge.check(
            "own-server",
            Level::Required,
            found.is_ok(),
            "its own server is recognised",
            failure(found.as_ref().err()),
            "the driver does not recognise its own server",
        );
        if let Ok(info) = &found {
            judge.check(
                "name",
                Level::Required,
                !info.name.trim().is_empty(),
                "a name for the server",
                &info.name,
                "the server has no name in reports",
            );
        }
        self.checks.extend(judge.checks);
        found.ok()
    }

    /// Shows the driver servers that it is not for.
    pub(crate) async fn foreign(&mut self, own: &Backend) -> Result<(), TestkitError> {
        let mut judge = Judge::new("foreign");
        for (word, backend) in [
            ("web-page", Backend::Page),
            ("empty-object", Backend::Braces),
            ("not-found", Backend::Nothing),
        ] {
            self.refuses(&mut judge, word, backend, Level::Required).await?;
        }
        // Who speaks to a bare server of the OpenAI dialect speaks to all of it.
        let general = self.ask(Backend::Plays(Dialect::Openai)).await?.is_ok();
        for dialect in Dialect::ALL {
            let level = match own {
                Backend::Plays(own) if *own == dialect => continue,
                _ if general && dialect.speaks_openai() => {
                    let reason = "the driver is for every server of the OpenAI dialect";
                    judge.skip(dialect.word(), Level::Required, reason);
                    continue;
                }
                // Its list of models looks much like that of the OpenAI dialect.
                _ if general && dialect == Dialect::Anthropic => Level::Recommended,
                _ => Level::Required,
            };
            self.refuses(&mut judge, dialect.word(), Backend::Plays(dialect), level).await?;
        }
        self.checks.extend(judge.checks);
        Ok(())
    }

    async fn refuses(
        &self,
        judge: &mut Judge,
        word: &str,
        backend: Backend,
        level: Level,
    ) -> Result<(), TestkitError> {
        let answer = self.ask(backend).await?;
        let refused = matches!(&answer, Err(SandboxError::Failed { failure, .. })
            if failure.code == "not-this-backend");
        judge.check(
            word,
            level,
            refused,
            "not-this-backend",
            match &answer {
                Ok(info) => format!("accepted as {}", info.name),
                Err(error) => failure(Some(error)),
            },
            match answer.is_ok() {
                true => "another server is taken for the driver's own",
                false => {
                    "another server is refused with another code than `not-this-backend`, which \
                     looks like a fault of the driver's own server"
                }
            },
        );
        Ok(())
    }

    /// Asks for the models; gives the one that requests name.
    pub(crate) async fn models(&mut self, trial: &Trial, info: &BackendInfo) -> String {
        let mut judge = Judge::new("models");
        let models = trial.list_models().await;
        judge.check(
            "listed",
            Level::Required,
            models.is_ok(),
            "a list of models",
            failure(models.as_ref().err()),
            "the models cannot be listed",
        );
        let models = models.unwrap_or_default();
        let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
        judge.check(
            "named",
            Level::Recommended,
            !ids.is_empty() && ids.iter().all(|id| !id.is_empty()),
            "the model of the server, by name",
            match ids.is_empty() {
                true => "no model".to_owned(),
                false => ids.join(", "),
            },
            "the server has a model, and the driver does not list it",
        );
        let model =
            ids.first().or(info.models.first().map(|model| model.id.as_str()).as_ref()).copied();
        let model = model.unwrap_or(crate::render::MODEL).to_owned();
        self.checks.extend(judge.checks);
        model
    }

    /// The functions that a driver may leave out.
    pub(crate) async fn optional(&mut self, trial: &Trial, model: &str) {
        let mut judge = Judge::new("optional");
        let tokens = trial.count_tokens(model, "four words of text").await;
        let counted = tokens.as_ref().map(|count| (*count > 0, format!("{count} tokens")));
        optional(&mut judge, "count-tokens", counted.map_err(Clone::clone));
        let cleared = trial.clear_cache().await;
        optional(&mut judge, "clear-cache", cleared.map(|()| (true, "cleared".to_owned())));
        let metrics = trial.server_metrics().await;
        let object = metrics.map(|metrics| (metrics.is_object(), "a document".to_owned()));
        optional(&mut judge, "server-metrics", object);
        self.checks.extend(judge.checks);
    }
}

/// A function that answers, is absent, or says why it cannot.
fn optional(judge: &mut Judge, id: &str, answer: Result<(bool, String), SandboxError>) {
    match answer {
        Ok((sound, found)) => {
            let fault = "the function answers with nothing of use";
            judge.check(id, Level::Recommended, sound, "an answer of use", found, fault);
        }
        Err(error) if error.code() == "unsupported" => {
            judge.skip(id, Level::Recommended, "not offered by this driver");
        }
        Err(error) => judge.check(
            id,
            Level::Recommended,
            judge::documented(error.code()),
            "an answer, `unsupported`, or a documented failure",
            failure(Some(&error)),
            "the function fails with a code that no table knows",
        ),
    }
}

fn failure(error: Option<&SandboxError>) -> String {
    match error {
        None => "answered".to_owned(),
        Some(SandboxError::Failed { failure, .. }) => told(Some(failure)),
        Some(other) => format!("{}: {other}", other.code()),
    }
}
