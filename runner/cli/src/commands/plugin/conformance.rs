//! `tacho plugin test`: a driver against the servers of the conformance kit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, builder::PossibleValuesParser};
use serde_json::Value;
use tachograph_model::ExitCode;
use tachograph_testkit::{Dialect, Options};

use super::build;
use crate::{error::CliError, printer, world::World};

/// What describes the server of a plugin in its folder.
const SCRIPT: &str = "server.script";

#[derive(Debug, Args)]
#[command(after_help = "Ends with 0 when every required check passed, else with 6.")]
pub(crate) struct Test {
    /// A component, or the folder of a plugin, which is built first.
    #[arg(default_value = ".", value_name = "FILE|FOLDER")]
    plugin: PathBuf,
    /// The server to play; found out by itself when not given.
    #[arg(long, value_parser = PossibleValuesParser::new(Dialect::ALL.map(Dialect::word)))]
    dialect: Option<String>,
    /// A file that describes the server to play; a folder's own server.script
    /// when neither this nor --dialect is given.
    #[arg(long, value_name = "FILE", conflicts_with = "dialect")]
    script: Option<PathBuf>,
    /// The driver's configuration, a JSON object.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    config: String,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: &Test) -> Result<ExitCode, CliError> {
    let options = Options {
        dialect: command.dialect.as_deref().and_then(Dialect::of_word),
        script: command.script.clone().or_else(|| own_script(command)),
        config: config(&command.config)?,
    };
    let file = match command.plugin.is_dir() {
        true => build::component(&command.plugin, "release")?,
        false => command.plugin.clone(),
    };
    let component = fs::read(&file).map_err(CliError::disk("read", &file))?;
    let host = World::open()?.host()?;
    let report = tachograph_testkit::test(&host, &component, &options).await?;
    printer::data(&match command.json {
        true => format!("{:#}", serde_json::json!(report)),
        false => report.to_text(80),
    })?;
    Ok(if report.passed() { ExitCode::Ok } else { ExitCode::Plugin })
}

fn own_script(command: &Test) -> Option<PathBuf> {
    let script = Path::new(&command.plugin).join(SCRIPT);
    (command.dialect.is_none() && script.is_file()).then_some(script)
}

fn config(text: &str) -> Result<Value, CliError> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(CliError::Usage("--config is not a JSON object".to_owned())),
        Err(error) => Err(CliError::Usage(format!("--config is not JSON: {error}"))),
    }
}
