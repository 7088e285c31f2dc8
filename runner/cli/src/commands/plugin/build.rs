//! `tacho plugin build`: cargo, and a look at what it made.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use serde_json::Value;
use tachograph_model::ExitCode;
use tachograph_sandbox::Preflight;

use super::{AuthorError, read_component};
use crate::{error::CliError, printer};

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The folder of the plugin.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// The profile of cargo to build with.
    #[arg(long, default_value = "release")]
    profile: String,
}

pub(super) fn run(command: &Build) -> Result<ExitCode, CliError> {
    let component = component(&command.folder, &command.profile)?;
    let (_, found) = read_component(&component)?;
    printer::data(&told(&found, &component))?;
    Ok(ExitCode::Ok)
}

/// What was made, and where it is.
pub(super) fn told(found: &Preflight, file: &Path) -> String {
    let manifest = &found.manifest;
    format!(
        "{} {}, {}, ABI {}, {} bytes\n{}\n{}",
        manifest.id,
        manifest.version,
        super::inspect::role(manifest.role),
        found.abi,
        found.size,
        found.digest,
        file.display()
    )
}

/// Builds the crate of a folder and gives the path of its component.
pub(super) fn component(folder: &Path, profile: &str) -> Result<PathBuf, CliError> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(AuthorError::NoCrate(folder.to_owned()).into());
    }
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Its words go to standard error as they come; what it built comes as JSON.
    let mut cargo = Command::new(&program)
        .args(["build", "--target", "wasm32-wasip2", "--profile", profile])
        .args(["--config", &remapped(folder)])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| AuthorError::NoCargo {
            program: program.to_string_lossy().into_owned(),
            source,
        })?;
    let own = fs::canonicalize(&manifest).map_err(CliError::disk("read", &manifest))?;
    let mut component = None;
    if let Some(said) = cargo.stdout.take() {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            component = made_by(&own, &line).or(component);
        }
    }
    let ended = cargo.wait().map_err(CliError::disk("build", folder))?;
    if !ended.success() {
        return Err(AuthorError::Build(folder.to_owned()).into());
    }
    component.ok_or_else(|| AuthorError::NoComponent(folder.to_owned()).into())
}

/// Keeps the paths of this machine out of the component: they would make its
/// bytes differ from one author to the next, and tell where it was built.
fn remapped(folder: &Path) -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let user = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
        Some(PathBuf::from(user).join(".cargo"))
    });
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    let sysroot = sysroot.ok().and_then(|said| String::from_utf8(said.stdout).ok());
    let paths = [
        (fs::canonicalize(folder).ok(), "/plugin"),
        (home, "/cargo"),
        (sysroot.map(|path| PathBuf::from(path.trim())), "/rust"),
    ];
    // The debug form of a text is a text of TOML, but for what no path has.
    let flags: Vec<String> = paths
        .into_iter()
        .filter_map(|(from, to)| Some((from?.into_os_string().into_string().ok()?, to)))
        .filter(|(from, _)| !from.is_empty())
        .map(|(from, to)| format!("{:?}", format!("--remap-path-prefix={from}={to}")))
        .collect();
    format!("target.wasm32-wasip2.rustflags=[{}]", flags.join(","))
}

/// The component that a line of cargo names, when it is of this crate.
fn made_by(manifest: &Path, line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact"
        || fs::canonicalize(message["manifest_path"].as_str()?).ok()? != manifest
    {
        return None;
    }
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.map(PathBuf::from).find(|file| file.extension().is_some_and(|end| end == "wasm"))
}
