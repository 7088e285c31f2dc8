//! Finding what there is to measure.
//!
//! The order, when the user names nothing: each driver of the suite, in the
//! suite's order, at each of its default addresses; the first that answers is
//! taken. When none does, the built-in engine is started.

use std::{path::Path, sync::Arc, time::Duration};

use tachograph_model::{BackendInfo, DriverEntry, Name};
use tachograph_net::{Client, Endpoint};
use tachograph_sandbox::{Host, Plugin};
use tachograph_trust::VerifiedSuite;

use crate::{
    Event, Observer, SessionError, TargetOptions,
    gate::StepGate,
    lane::Driver,
    launch::{self, Launched, Recipe},
    live::Live,
};

/// The id that stands for the built-in engine.
pub(crate) const BUILT_IN: &str = "built-in";
/// The driver that speaks to the built-in engine.
const BUILT_IN_DRIVER: &str = "openai-compatible";
/// How long a server may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// Context of a launched server, per stream, and the streams it serves: what
/// the largest concurrent step and the agent trace need.
const LAUNCH_CONTEXT: u64 = 20_480;
const LAUNCH_STREAMS: u32 = 4;

/// One address that was asked.
#[derive(Debug)]
pub struct Detected {
    /// The driver that asked.
    pub driver: Name,
    /// The address.
    pub url: String,
    /// What answered, or why nothing did.
    pub answer: Result<BackendInfo, String>,
}

/// What a run measures.
#[derive(Debug)]
pub struct Discovery {
    /// The driver.
    pub(crate) driver: Name,
    /// The server, bound to the driver's slot.
    pub(crate) endpoint: Endpoint,
    /// `built-in`, `launched` or `found`.
    pub(crate) origin: &'static str,
    /// The server, when this run started it.
    pub(crate) launched: Option<Launched>,
    /// The model, unless the user named a file that was loaded.
    pub(crate) model: Option<String>,
}

/// Everything that detection needs.
pub(crate) struct Scout<'a> {
    pub host: &'a Arc<Host>,
    pub suite: &'a VerifiedSuite,
    pub client: &'a Client,
    pub options: &'a TargetOptions,
}

impl Scout<'_> {
    pub(crate) fn plugin(&self, entry: &DriverEntry) -> Result<Plugin, SessionError> {
        Ok(self.host.load(&self.suite.blob(&entry.plugin)?)?)
    }

    /// Asks one address.
    async fn ask(&self, plugin: &Plugin, url: &str) -> Result<BackendInfo, String> {
        let endpoint = Endpoint::bind(crate::lane::SLOT, url, self.options.secret.clone())
            .map_err(|error| error.to_string())?;
        let live = Live::scouting(self.client.clone(), endpoint, PATIENCE);
        let driver = Driver {
            host: self.host.clone(),
            plugin: plugin.clone(),
            config: serde_json::json!({}),
            probe: serde_json::json!({}),
            seed: 0,
        };
        let wire = live.wire(Arc::new(StepGate::open()));
        let instance = self.host.driver(plugin, driver.context(wire)).await;
        let mut instance = instance.map_err(|error| error.to_string())?;
        instance.detect("detect").await.map_err(|error| match error {
            tachograph_sandbox::SandboxError::Failed { failure, .. } => failure.message,
            other => other.to_string(),
        })
    }

    async fn default_urls(&self, plugin: &Plugin) -> Result<Vec<String>, SessionError> {
        Ok(self.host.describe_driver(plugin).await?.default_urls)
    }

    /// The drivers to try: the one the user named, or all.
    fn entries(&self) -> Result<Vec<&DriverEntry>, SessionError> {
        let drivers = &self.suite.suite.driver;
        match self.options.backend.as_deref() {
            None | Some(BUILT_IN) => Ok(drivers.iter().collect()),
            Some(id) => match drivers.iter().find(|driver| driver.id.as_str() == id) {
                Some(driver) => Ok(vec![driver]),
                None => Err(SessionError::Unknown {
                    what: "backend",
                    name: id.to_owned(),
                    known: drivers
                        .iter()
                        .map(|driver| driver.id.to_string())
                        .chain([BUILT_IN.to_owned()])
                        .collect(),
                }),
            },
        }
    }

    /// Decides what to measure, and starts it where needed.
    pub(crate) async fn discover(
        &self,
        observer: &dyn Observer,
    ) -> Result<Discovery, SessionError> {
        let entries = self.entries()?;
        if self.options.backend.as_deref() == Some(BUILT_IN) {
            return self.built_in().await;
        }
        if let Some(model) = self.options.model.as_deref().map(Path::new)
            && self.options.url.is_none()
            && model.extension().is_some_and(|extension| extension == "gguf")
            && model.is_file()
        {
            return self.launch(&entries, model, observer).await;
        }
        let mut refusals = Vec::new();
        if let Some(model) = self.options.model.as_deref().filter(|model| model.ends_with(".gguf"))
        {
            refusals.push(format!("there is no file {model} to load"));
        }
        for entry in entries {
            let plugin = self.plugin(entry)?;
            let urls = match &self.options.url {
                Some(url) => vec![url.clone()],
                None => self.default_urls(&plugin).await?,
            };
            for url in urls {
                match self.ask(&plugin, &url).await {
                    Ok(_) => return self.found(entry, &url),
                    Err(reason) => refusals.push(format!("{} at {url}: {reason}", entry.id)),
                }
            }
        }
        let TargetOptions { backend, url, model, .. } = self.options;
        if backend.is_some() || url.is_some() || model.is_some() {
            return Err(SessionError::NoBackend(refusals.join("; ")));
        }
        observer.event(Event::Note(
            "no backend answers here: measuring the built-in engine (generated weights, real \
             arithmetic)",
        ));
        self.built_in().await
    }

    fn found(&self, entry: &DriverEntry, url: &str) -> Result<Discovery, SessionError> {
        Ok(Discovery {
            driver: entry.id.clone(),
            endpoint: Endpoint::bind(crate::lane::SLOT, url, self.options.secret.clone())?,
            origin: "found",
            launched: None,
            model: self.options.model.clone(),
        })
    }

    async fn built_in(&self) -> Result<Discovery, SessionError> {
        let launched = launch::engine(&self.options.engine).await?;
        let drivers = &self.suite.suite.driver;
        let driver = drivers.iter().find(|driver| driver.id.as_str() == BUILT_IN_DRIVER);
        let driver = driver.ok_or_else(|| {
            SessionError::NoBackend(format!(
                "the suite has no driver `{BUILT_IN_DRIVER}`, which the built-in engine needs"
            ))
        })?;
        Ok(Discovery {
            driver: driver.id.clone(),
            endpoint: Endpoint::bind(crate::lane::SLOT, &launched.url, None)?,
            origin: BUILT_IN,
            launched: Some(launched),
            model: self.options.model.clone(),
        })
    }

    /// Starts a backend that loads a model file, by the first recipe there is.
    async fn launch(
        &self,
        entries: &[&DriverEntry],
        model: &Path,
        observer: &dyn Observer,
    ) -> Result<Discovery, SessionError> {
        for entry in entries {
            let plugin = self.plugin(entry)?;
            let permitted = &entry.capabilities.launch;
            let asked = &plugin.preflight().manifest.capabilities.launch;
            let recipe =
                plugin.preflight().manifest.launch.iter().find(|recipe| {
                    permitted.contains(&recipe.name) && asked.contains(&recipe.name)
                });
            let Some(recipe) = recipe else { continue };
            observer.event(Event::Note(&format!(
                "starting {} with {}",
                recipe.program,
                model.file_name().unwrap_or_default().to_string_lossy()
            )));
            let wanted = Recipe {
                recipe,
                program: self.options.llama_cpp_path.as_deref(),
                model,
                context: LAUNCH_CONTEXT,
                streams: LAUNCH_STREAMS,
            };
            let launched = launch::backend(self.client, &wanted).await?;
            return Ok(Discovery {
                driver: entry.id.clone(),
                endpoint: Endpoint::bind(crate::lane::SLOT, &launched.url, None)?,
                origin: "launched",
                launched: Some(launched),
                model: None,
            });
        }
        Err(SessionError::NoBackend(
            "no driver of this suite may start a backend for a model file".to_owned(),
        ))
    }
}

/// Asks every driver of a suite at its default addresses, or at the one that
/// the user named.
///
/// # Errors
/// When a plugin cannot be loaded, or the user named an unknown driver.
pub async fn detect_all(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    options: &TargetOptions,
) -> Result<Vec<Detected>, SessionError> {
    let client = Client::new()?;
    let scout = Scout { host, suite, client: &client, options };
    let mut detected = Vec::new();
    for entry in scout.entries()? {
        let plugin = scout.plugin(entry)?;
        let urls = match &options.url {
            Some(url) => vec![url.clone()],
            None => scout.default_urls(&plugin).await?,
        };
        for url in urls {
            let answer = scout.ask(&plugin, &url).await;
            detected.push(Detected { driver: entry.id.clone(), url, answer });
        }
    }
    Ok(detected)
}
