//! What is here to measure: running servers, installed programs, keys of hosted APIs.
//!
//! The order is documented in docs/backends.md: the drivers in the order of
//! their suite, each at its default addresses. An address belongs to the first
//! driver that recognises what answers there. Hosted APIs are never asked.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tachograph_model::{BackendInfo, Name};
use tachograph_net::{Client, Endpoint};
use tachograph_sandbox::{Host, SandboxError, check_against};
use tachograph_trust::VerifiedSuite;

use crate::{
    SessionError, TargetOptions, candidate::Candidate, gate::StepGate, identity, lane::Driver,
    launch::find_program, live::Live,
};

/// How long a server may take to accept a connection, and to say what it is.
const REACH: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// What one driver sees on this machine.
#[derive(Debug)]
pub struct Sighting {
    /// The driver.
    pub driver: Name,
    /// How many addresses it has to look at; none for hosted APIs.
    pub addresses: usize,
    /// Servers that answered.
    pub found: Vec<Found>,
    /// Addresses where there was none of its kind, and why. An address that an
    /// earlier driver recognised is not here.
    pub absent: Vec<Absent>,
    /// Programs in `PATH` that a recipe can start.
    pub installed: Vec<Installed>,
    /// Hosted APIs that it knows.
    pub hosted: Vec<Hosted>,
}

/// A server that answered.
#[derive(Debug)]
pub struct Found {
    /// Its address.
    pub url: String,
    /// What it says of itself.
    pub info: BackendInfo,
}

/// An address without a server of the driver's kind.
#[derive(Debug)]
pub struct Absent {
    /// The address.
    pub url: String,
    /// For example `nothing listens on 127.0.0.1:11434`.
    pub reason: String,
}

/// A program that a launch recipe starts.
#[derive(Debug)]
pub struct Installed {
    /// The recipe.
    pub recipe: Name,
    /// The program's name.
    pub program: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A hosted API.
#[derive(Debug)]
pub struct Hosted {
    /// What `--backend` takes.
    pub preset: Name,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The environment variable that holds the key.
    pub key_env: String,
    /// Whether that variable is set.
    pub key_set: bool,
}

/// Everything that asking takes.
pub(crate) struct Scout<'a> {
    pub host: &'a Arc<Host>,
    pub suite: &'a VerifiedSuite,
    pub client: &'a Client,
    pub options: &'a TargetOptions,
}

impl Scout<'_> {
    /// The drivers to try: the user's own plugin, or those of the suite.
    pub(crate) fn candidates(&self) -> Result<Vec<Candidate>, SessionError> {
        match &self.options.plugin {
            Some(plugin) => Ok(vec![Candidate::local(plugin)?]),
            None => Candidate::of_suite(self.suite),
        }
    }

    /// Asks one address.
    pub(crate) async fn ask(
        &self,
        candidate: &Candidate,
        endpoint: Endpoint,
        config: &Value,
    ) -> Result<BackendInfo, String> {
        let reach = tokio::time::timeout(REACH, self.client.rtt_floor(&endpoint, 1)).await;
        if !matches!(reach, Ok(Ok(_))) {
            return Err(format!("nothing listens on {}", address(&endpoint)));
        }
        let local = endpoint.is_loopback();
        let plugin = candidate.load(self.host).map_err(|error| error.to_string())?;
        let live = Live::scouting(self.client.clone(), endpoint, PATIENCE);
        let driver = Driver {
            host: self.host.clone(),
            plugin,
            config: config.clone(),
            probe: serde_json::json!({}),
            seed: 0,
        };
        let wire = live.wire(Arc::new(StepGate::open()));
        let instance = self.host.driver(&driver.plugin, driver.context(wire)).await;
        let mut instance = instance.map_err(|error| error.to_string())?;
        let asked = instance.detect("detect").await;
        let mut info = asked.map_err(|error| match error {
            SandboxError::Failed { failure, .. } => failure.message,
            other => other.to_string(),
        })?;
        if local {
            identity::complete(&mut info);
        }
        Ok(info)
    }

    /// Checks the user's settings against the schema that the driver gives.
    pub(crate) async fn check_config(
        &self,
        candidate: &Candidate,
        config: &Value,
    ) -> Result<(), SessionError> {
        if config.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(());
        }
        let plugin = candidate.load(self.host)?;
        let described = self.host.describe_driver(&plugin).await?;
        let schema = &described.config_schema;
        check_against(plugin.id(), "config", schema, config).map_err(|error| match error {
            SandboxError::Schema { path, reason, .. } => SessionError::Setting {
                backend: candidate.name.to_string(),
                reason: if path.is_empty() { reason } else { format!("{path}: {reason}") },
                known: settings(schema),
            },
            other => other.into(),
        })
    }

    /// Where to look: where the user said, or at the driver's default addresses.
    pub(crate) fn urls(&self, candidate: &Candidate) -> Vec<String> {
        match self.options.urls.is_empty() {
            true => candidate.manifest.default_urls.clone(),
            false => self.options.urls.clone(),
        }
    }

    async fn sight(
        &self,
        candidate: &Candidate,
        claimed: &mut BTreeSet<String>,
    ) -> Result<Sighting, SessionError> {
        let config = Value::Object(self.options.config.clone());
        let urls = self.urls(candidate);
        let addresses = urls.len();
        let (mut found, mut absent) = (Vec::new(), Vec::new());
        for url in urls.into_iter().filter(|url| !claimed.contains(url)).collect::<Vec<_>>() {
            let endpoint = candidate.bind(&url, self.options.secret.clone())?;
            match self.ask(candidate, endpoint, &config).await {
                Ok(info) => {
                    claimed.insert(url.clone());
                    found.push(Found { url, info });
                }
                Err(reason) => absent.push(Absent { url, reason }),
            }
        }
        Ok(Sighting {
            driver: candidate.name.clone(),
            addresses,
            found,
            absent,
            installed: installed(candidate),
            hosted: hosted(candidate),
        })
    }
}

/// The names of a schema's properties, but for what the host fills in.
fn settings(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let names = properties.into_iter().flat_map(serde_json::Map::keys);
    names.filter(|name| *name != "detected").cloned().collect()
}

fn installed(candidate: &Candidate) -> Vec<Installed> {
    let mut seen = BTreeSet::new();
    candidate
        .recipes()
        .filter(|recipe| seen.insert(recipe.program.clone()))
        .filter_map(|recipe| {
            let path = find_program(&recipe.program, None)?;
            let (recipe, program) = (recipe.name.clone(), recipe.program.clone());
            Some(Installed { recipe, program, path })
        })
        .collect()
}

fn hosted(candidate: &Candidate) -> Vec<Hosted> {
    let hosted = |preset: &tachograph_model::Preset| Hosted {
        preset: preset.name.clone(),
        title: preset.title.clone(),
        url: preset.url.clone(),
        key_env: preset.key_env.clone(),
        key_set: std::env::var_os(&preset.key_env).is_some_and(|key| !key.is_empty()),
    };
    candidate.manifest.preset.iter().map(hosted).collect()
}

/// Host and port, as people read them.
fn address(endpoint: &Endpoint) -> String {
    let url = endpoint.base_url();
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

/// Looks with every driver of a suite at its default addresses, or at the
/// address that the user named; or with the one driver that the user named.
///
/// # Errors
/// When a plugin cannot be loaded, or the user named an unknown driver.
pub async fn detect_all(
    host: &Arc<Host>,
    suite: &VerifiedSuite,
    options: &TargetOptions,
) -> Result<Vec<Sighting>, SessionError> {
    let client = Client::new()?;
    let scout = Scout { host, suite, client: &client, options };
    let mut candidates = scout.candidates()?;
    if let Some(name) = &options.backend {
        let known = names(&candidates);
        candidates
            .retain(|candidate| candidate.is_called(name) || candidate.preset(name).is_some());
        if candidates.is_empty() {
            return Err(unknown(name, known));
        }
    }
    let mut claimed = BTreeSet::new();
    let mut sightings = Vec::new();
    for candidate in &candidates {
        sightings.push(scout.sight(candidate, &mut claimed).await?);
    }
    // An address that is somebody's is no news from the others.
    for sighting in &mut sightings {
        sighting.absent.retain(|absent| !claimed.contains(&absent.url));
    }
    Ok(sightings)
}

/// What `--backend` takes.
pub(crate) fn names(candidates: &[Candidate]) -> Vec<String> {
    let presets = |candidate: &Candidate| {
        candidate.manifest.preset.iter().map(|preset| preset.name.to_string()).collect::<Vec<_>>()
    };
    let mut names: Vec<String> = candidates.iter().map(|c| c.name.to_string()).collect();
    // A hosted API may bear the name of its driver.
    for preset in candidates.iter().flat_map(presets) {
        if !names.contains(&preset) {
            names.push(preset);
        }
    }
    names
}

pub(crate) fn unknown(name: &str, known: Vec<String>) -> SessionError {
    SessionError::Unknown { what: "backend", name: name.to_owned(), known }
}
