//! `tacho plugin new`: a crate that builds as it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use tachograph_model::ExitCode;

use super::{AuthorError, sources};
use crate::{error::CliError, printer};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Which kind of plugin.
    kind: Kind,
    /// Its name, for example my-server.
    name: String,
    /// The folder to write; one of its name, here, when not given.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// What the server of a driver speaks.
    #[arg(long, value_enum, default_value_t = Protocol::Openai)]
    protocol: Protocol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Speaks a server's protocol.
    Driver,
    /// Says what to measure.
    Workload,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// The OpenAI dialect: /v1/chat/completions.
    Openai,
    /// Its own: lines of JSON, to be changed.
    Own,
}

pub(super) fn run(command: &New) -> Result<ExitCode, CliError> {
    let template = match (command.kind, command.protocol) {
        (Kind::Driver, Protocol::Openai) => "driver-openai",
        (Kind::Driver, Protocol::Own) => "driver-own",
        (Kind::Workload, _) => "workload",
    };
    let files = sources::files(template, &command.name)?;
    let folder = command.dir.clone().unwrap_or_else(|| PathBuf::from(&command.name));
    if !is_free(&folder) {
        return Err(AuthorError::Occupied(folder).into());
    }
    for (path, text) in &files {
        write(&folder.join(path), text)?;
    }
    let shown = folder.display();
    let (kind, tested) = match command.kind {
        Kind::Driver => ("driver", "\n       tacho plugin test"),
        Kind::Workload => ("workload", ""),
    };
    printer::data(&format!(
        "{shown}: a {kind} that builds as it is; its guide is {shown}/sdk/README.md\n\
         next:  cd {shown}\n\
         \x20      cargo test\n\
         \x20      tacho plugin build{tested}"
    ))?;
    Ok(ExitCode::Ok)
}

/// Whether nothing is there but perhaps an empty folder.
fn is_free(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CliError::disk("make", folder))?;
    }
    fs::write(path, text).map_err(CliError::disk("write", path))
}
