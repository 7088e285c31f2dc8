//! The options that say what to measure, shared by several commands.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};
use tachograph_model::{COMPONENT_MIB_MOST, Digest};
use tachograph_net::Secret;
use tachograph_session::{LocalPlugin, SessionError, TargetOptions};
use tachograph_trust::Grants;

use super::choice::admit_withdrawn;
use crate::{error::CliError, world::World};

/// Bytes of a component that are read.
const COMPONENT_BYTES: u64 = (COMPONENT_MIB_MOST as u64) << 20;

/// Which backend and model.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The backend: `built-in`, a driver (`llama-cpp`, `ollama`, `vllm`, …), or a
    /// hosted API (`openai`, `anthropic`, `openrouter`, …).
    #[arg(long, visible_alias = "engine", value_name = "ID")]
    backend: Option<String>,
    /// Where the backend listens, for example http://127.0.0.1:8080; several may
    /// be named, and the first that answers is taken.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    url: Vec<String>,
    /// The model, as the backend names it; or a .gguf file or a model folder to
    /// start a backend with.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// A driver plugin that no suite pins; it has to be granted once.
    #[arg(long, value_name = "FILE")]
    plugin: Option<PathBuf>,
    /// A setting of the driver, for example `--set max_tokens_field=max_tokens`.
    /// The value is JSON, or else a text.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, Value)>,
    /// The environment variable that holds the backend's API key. The key is
    /// added to requests by the host and kept nowhere.
    #[arg(long, value_name = "VARIABLE")]
    api_key_env: Option<String>,
}

/// How to start a backend.
#[derive(Debug, Default, Args)]
pub(crate) struct Launch {
    /// Start the backend and stop it afterwards. A .gguf file or a folder as
    /// `--model` does so by itself.
    #[arg(long)]
    launch: bool,
    /// The backend's program, or the folder it is in; looked up in PATH otherwise.
    #[arg(long, visible_alias = "llama-cpp-path", value_name = "PATH")]
    program: Option<PathBuf>,
}

impl Target {
    /// `allow_withdrawn`: whether a plugin that a channel withdrew may be named.
    pub(crate) fn options(
        self,
        world: &World,
        launch: Launch,
        allow_withdrawn: bool,
    ) -> Result<TargetOptions, CliError> {
        let secret = self.api_key_env.as_deref().map(secret).transpose()?;
        if secret.is_some() && self.url.is_empty() && self.backend.is_none() {
            return Err(CliError::Usage(
                "--api-key-env needs --url or --backend: a key goes only to a server that you name"
                    .to_owned(),
            ));
        }
        let plugin = self.plugin.as_deref().map(|file| local_plugin(world, file)).transpose()?;
        if let (Some(file), Some(reason)) =
            (&self.plugin, plugin.as_ref().and_then(|plugin| plugin.withdrawn.as_ref()))
        {
            admit_withdrawn(&file.display().to_string(), reason, allow_withdrawn)?;
        }
        Ok(TargetOptions {
            backend: self.backend,
            urls: self.url.into_iter().map(server_root).collect(),
            model: self.model,
            launch: launch.launch,
            program: launch.program,
            secret,
            config: self.settings.into_iter().collect::<Map<_, _>>(),
            plugin,
            engine: World::engine()?,
        })
    }

    /// The model that the user named.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// Drivers know their own paths. People often paste the `/v1` that client
/// libraries ask for, so it is taken off.
pub(crate) fn server_root(url: String) -> String {
    let trimmed = url.trim_end_matches('/');
    trimmed.strip_suffix("/v1").unwrap_or(trimmed).to_owned()
}

pub(crate) fn secret(variable: &str) -> Result<Secret, CliError> {
    let value = std::env::var(variable).map_err(|_| {
        CliError::Usage(format!("the environment variable {variable} is not set to a text"))
    })?;
    Ok(Secret::bearer(value.trim()).map_err(SessionError::from)?)
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("it has to be KEY=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((key.to_owned(), value))
}

fn local_plugin(world: &World, file: &Path) -> Result<LocalPlugin, CliError> {
    let size = std::fs::metadata(file).map_err(CliError::disk("read", file))?.len();
    if size > COMPONENT_BYTES {
        return Err(CliError::Usage(format!(
            "--plugin: {} has {size} bytes, and a component has at most {COMPONENT_BYTES}",
            file.display()
        )));
    }
    let bytes = std::fs::read(file).map_err(CliError::disk("read", file))?;
    let grants = Grants::load(&world.home.config)?;
    let digest = Digest::of(&bytes);
    let grant = grants.get(&digest).cloned();
    let withdrawn = world.catalog()?.withdrawn_plugin(&digest);
    Ok(LocalPlugin { bytes: bytes.into(), grant, withdrawn })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::setting;

    #[test]
    fn a_setting_is_json_or_a_text() {
        assert_eq!(setting("n=4"), Ok(("n".to_owned(), json!(4))));
        assert_eq!(setting("ids=[1,2]"), Ok(("ids".to_owned(), json!([1, 2]))));
        assert_eq!(setting("route=chat"), Ok(("route".to_owned(), json!("chat"))));
        assert_eq!(setting("a=b=c"), Ok(("a".to_owned(), json!("b=c"))));
        assert!(setting("n").is_err());
    }
}
