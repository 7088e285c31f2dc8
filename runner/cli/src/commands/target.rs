//! The options that say what to measure, shared by several commands.

use std::path::PathBuf;

use clap::Args;
use tachograph_net::Secret;
use tachograph_session::{SessionError, TargetOptions};

use crate::{error::CliError, world::World};

/// Which backend and model.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The backend: `built-in`, or the id of a driver, for example `llama-cpp`.
    #[arg(long, value_name = "ID")]
    backend: Option<String>,
    /// Where the backend listens, for example http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The model, as the backend names it; or a .gguf file to load.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The llama-server program, or the folder it is in.
    #[arg(long, value_name = "PATH")]
    llama_cpp_path: Option<PathBuf>,
    /// The environment variable that holds the backend's API key. The key is
    /// added to requests by the host and kept nowhere.
    #[arg(long, value_name = "VARIABLE")]
    api_key_env: Option<String>,
}

impl Target {
    pub(crate) fn options(self) -> Result<TargetOptions, CliError> {
        let secret = self.api_key_env.as_deref().map(secret).transpose()?;
        if secret.is_some() && self.url.is_none() {
            return Err(CliError::Usage(
                "--api-key-env needs --url: a key goes only to an address that you name".to_owned(),
            ));
        }
        Ok(TargetOptions {
            backend: self.backend,
            url: self.url.map(server_root),
            model: self.model,
            llama_cpp_path: self.llama_cpp_path,
            secret,
            engine: World::engine()?,
        })
    }
}

/// Drivers know their own paths. People often paste the `/v1` that client
/// libraries ask for, so it is taken off.
fn server_root(url: String) -> String {
    let trimmed = url.trim_end_matches('/');
    trimmed.strip_suffix("/v1").unwrap_or(trimmed).to_owned()
}

fn secret(variable: &str) -> Result<Secret, CliError> {
    let value = std::env::var(variable).map_err(|_| {
        CliError::Usage(format!("the environment variable {variable} is not set to a text"))
    })?;
    Ok(Secret::bearer(value.trim()).map_err(SessionError::from)?)
}
