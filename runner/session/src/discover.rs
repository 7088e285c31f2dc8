//! Deciding what a run measures.
//!
//! In this order: the built-in engine when it is named; a hosted API when its
//! preset is named; a backend to start when the user asks for it or names a
//! model on the disk; the first running server that a driver recognises; and
//! when the user named nothing at all, the built-in engine.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tachograph_model::{LaunchUsed, ModelForm, Name, Preset};
use tachograph_net::{Endpoint, Secret};

use crate::{
    Event, Observer, SessionError, TargetOptions,
    candidate::Candidate,
    detect::{Scout, names, unknown},
    launch::{self, Launched, Recipe},
};

/// The name that stands for the built-in engine.
pub(crate) const BUILT_IN: &str = "built-in";
/// The driver that speaks to the built-in engine.
const BUILT_IN_DRIVER: &str = "openai-compatible";
/// Context of a launched server, per stream, and the streams it serves: what
/// the largest concurrent step and the agent trace need.
const LAUNCH_CONTEXT: u64 = 20_480;
const LAUNCH_STREAMS: u32 = 4;

/// What a run measures.
#[derive(Debug)]
pub(crate) struct Discovery {
    /// The driver.
    pub(crate) candidate: Candidate,
    /// The server, bound to the driver's slot.
    pub(crate) endpoint: Endpoint,
    /// `built-in`, `launched`, `hosted` or `found`.
    pub(crate) origin: &'static str,
    /// The preset, when the user named one.
    pub(crate) preset: Option<Name>,
    /// The driver's configuration.
    pub(crate) config: Value,
    /// The server, when this run started it.
    pub(crate) launched: Option<Launched>,
    /// The model, unless the user named a file that was loaded.
    pub(crate) model: Option<String>,
}

impl Discovery {
    /// What the result says of the start of the backend.
    pub(crate) fn launch_used(&self) -> Option<LaunchUsed> {
        self.launched.as_ref()?.used.clone()
    }
}

impl Scout<'_> {
    /// Decides what to measure, and starts it where needed.
    pub(crate) async fn discover(
        &self,
        observer: &dyn Observer,
        logs: &Path,
    ) -> Result<Discovery, SessionError> {
        let candidates = self.candidates()?;
        let options = self.options;
        if let Some(name) = options.backend.as_deref() {
            if name == BUILT_IN {
                return self.built_in(candidates).await;
            }
            let preset = candidates.iter().find_map(|c| Some((c, c.preset(name)?)));
            if let Some((candidate, preset)) = preset {
                return self.hosted(candidate, preset).await;
            }
        }
        let tried = self.named(candidates.clone())?;
        if let Some(form) = self.form_to_launch()? {
            return self.launch(&tried, form, observer, logs).await;
        }
        let mut refusals = Vec::new();
        let config = Value::Object(options.config.clone());
        for candidate in tried {
            for url in self.urls(&candidate) {
                let endpoint = candidate.bind(&url, options.secret.clone())?;
                match self.ask(&candidate, endpoint.clone(), &config).await {
                    Ok(_) => {
                        self.check_config(&candidate, &config).await?;
                        return Ok(self.found(candidate, endpoint, config));
                    }
                    Err(reason) => refusals.push(format!("{} at {url}: {reason}", candidate.name)),
                }
            }
        }
        let TargetOptions { backend, urls, model, plugin, .. } = options;
        if backend.is_some() || !urls.is_empty() || model.is_some() || plugin.is_some() {
            return Err(SessionError::NoBackend(refusals.join("; ")));
        }
        observer.event(Event::Note(
            "no backend answers here (tacho detect says where it looked): measuring the \
             built-in engine (generated weights, real arithmetic)",
        ));
        self.built_in(candidates).await
    }

    /// The drivers to try: the one that the user named, or all.
    fn named(&self, candidates: Vec<Candidate>) -> Result<Vec<Candidate>, SessionError> {
        let Some(name) = self.options.backend.as_deref() else { return Ok(candidates) };
        let mut known = names(&candidates);
        known.push(BUILT_IN.to_owned());
        match candidates.into_iter().find(|candidate| candidate.is_called(name)) {
            Some(candidate) => Ok(vec![candidate]),
            None => Err(unknown(name, known)),
        }
    }

    /// The form of the model to start a backend with, if one is to be started.
    fn form_to_launch(&self) -> Result<Option<ModelForm>, SessionError> {
        let TargetOptions { model, urls, launch, .. } = self.options;
        let form = match model.as_deref().map(Path::new) {
            Some(path) if path.is_dir() => ModelForm::Folder,
            Some(path) if is_gguf(path) && path.is_file() => ModelForm::Gguf,
            Some(path) if is_gguf(path) && urls.is_empty() => {
                let path = path.display();
                return Err(SessionError::NoBackend(format!("there is no file {path} to load")));
            }
            _ => ModelForm::Name,
        };
        let on_disk = form != ModelForm::Name;
        Ok((*launch || (on_disk && urls.is_empty())).then_some(form))
    }

    fn found(&self, candidate: Candidate, endpoint: Endpoint, config: Value) -> Discovery {
        let model = self.options.model.clone();
        let (origin, preset, launched) = ("found", None, None);
        Discovery { candidate, endpoint, origin, preset, config, launched, model }
    }

    /// A hosted API: its key comes from the variable that its preset names.
    async fn hosted(
        &self,
        candidate: &Candidate,
        preset: &Preset,
    ) -> Result<Discovery, SessionError> {
        let secret = match &self.options.secret {
            Some(secret) => secret.clone(),
            None => key(preset)?,
        };
        let mut config: serde_json::Map<String, Value> =
            preset.config.clone().into_iter().collect();
        config.extend(self.options.config.clone());
        let config = Value::Object(config);
        self.check_config(candidate, &config).await?;
        let url = self.options.urls.first().unwrap_or(&preset.url);
        Ok(Discovery {
            endpoint: candidate.bind(url, Some(secret))?,
            candidate: candidate.clone(),
            origin: "hosted",
            preset: Some(preset.name.clone()),
            config,
            launched: None,
            model: self.options.model.clone(),
        })
    }

    async fn built_in(&self, candidates: Vec<Candidate>) -> Result<Discovery, SessionError> {
        let candidate = candidates.into_iter().find(|c| c.name.as_str() == BUILT_IN_DRIVER);
        let candidate = candidate.ok_or_else(|| {
            SessionError::NoBackend(format!(
                "the suite has no driver `{BUILT_IN_DRIVER}`, which the built-in engine needs"
            ))
        })?;
        let launched = launch::engine(&self.options.engine).await?;
        Ok(Discovery {
            endpoint: candidate.bind(&launched.url, None)?,
            candidate,
            origin: BUILT_IN,
            preset: None,
            config: Value::Object(self.options.config.clone()),
            launched: Some(launched),
            model: self.options.model.clone(),
        })
    }

    /// Starts a backend by the first recipe that loads such a model and whose
    /// program is here.
    async fn launch(
        &self,
        candidates: &[Candidate],
        form: ModelForm,
        observer: &dyn Observer,
        logs: &Path,
    ) -> Result<Discovery, SessionError> {
        let mut looked_for = Vec::new();
        for candidate in candidates {
            for recipe in candidate.recipes().filter(|recipe| recipe.loads.contains(&form)) {
                let place = self.options.program.as_deref();
                let Some(program) = launch::find_program(&recipe.program, place) else {
                    looked_for.push(recipe.program.clone());
                    continue;
                };
                let config = Value::Object(self.options.config.clone());
                self.check_config(candidate, &config).await?;
                let wanted = Recipe {
                    recipe,
                    program,
                    model: self.options.model.as_deref().map(PathBuf::from),
                    context: LAUNCH_CONTEXT,
                    streams: LAUNCH_STREAMS,
                    logs,
                    guard: &self.options.engine.program,
                };
                let launched = launch::backend(self.client, &wanted, observer).await?;
                let named = self.options.model.clone().filter(|_| form == ModelForm::Name);
                return Ok(Discovery {
                    endpoint: candidate.bind(&launched.url, None)?,
                    candidate: candidate.clone(),
                    origin: "launched",
                    preset: None,
                    config,
                    launched: Some(launched),
                    model: named,
                });
            }
        }
        Err(SessionError::NothingToLaunch { programs: looked_for })
    }
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
}

/// The key of a hosted API. Its bytes go nowhere but into the secret.
fn key(preset: &Preset) -> Result<Secret, SessionError> {
    let variable = &preset.key_env;
    match std::env::var(variable) {
        Ok(value) if !value.trim().is_empty() => {
            Ok(Secret::new(&preset.key_header, &preset.key_prefix, value.trim())?)
        }
        _ => Err(SessionError::NoKey {
            backend: preset.name.to_string(),
            variable: variable.clone(),
        }),
    }
}
