//! `tacho suite …`: list, show, lint, pin and sign suites; publish, bundle and
//! remove them.

mod bundle;
mod gc;
mod publish;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use tachograph_model::{ExitCode, PluginRef};
use tachograph_trust::{SecretKey, Severity, lint_manifest, read_suite, sign_suite, write_atomic};

use super::plugin::read_component;
use crate::{error::CliError, printer, world::World};

/// Work with suites.
#[derive(Debug, Subcommand)]
pub(crate) enum Suite {
    /// List the suites that can be run.
    List,
    /// Print a suite's manifest, exactly as it was signed.
    Show(Show),
    /// Check a manifest that you are writing.
    Lint(LintManifest),
    /// Write the digests of built plugins into a manifest.
    Pin(PinPlugins),
    /// Sign a manifest with a suite key.
    Sign(Sign),
    /// Write a suite with all that it pins into one file.
    Bundle(bundle::Bundle),
    /// Remove suites that are not the newest and that no kept result names.
    Gc(gc::Gc),
    /// Make the roots and indexes of a channel, in a static folder.
    #[command(subcommand)]
    Publish(publish::Publish),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A suite's name or exact pin.
    suite: String,
}

#[derive(Debug, Args)]
pub(crate) struct LintManifest {
    /// The manifest, for example suites/suite-v2/suite.toml.
    manifest: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PinPlugins {
    /// The manifest.
    manifest: PathBuf,
    /// The built components.
    #[arg(required = true)]
    components: Vec<PathBuf>,
    /// Also copy the components into this folder, named by their digests.
    #[arg(long, value_name = "FOLDER")]
    blobs: Option<PathBuf>,
    /// Change nothing; fail when the manifest pins other bytes.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The manifest.
    manifest: PathBuf,
    /// The secret key, in minisign's format, without a password.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub(crate) fn run(command: Suite) -> Result<ExitCode, CliError> {
    match command {
        Suite::List => {
            let catalog = World::open()?.catalog()?;
            printer::data(&tachograph_report::suites_table(&rows(&catalog), printer::style()))?;
            for refused in catalog.refused() {
                printer::talk(&format!("refused: {refused}"));
            }
            Ok(ExitCode::Ok)
        }
        Suite::Show(command) => {
            printer::bytes(&World::open()?.catalog()?.resolve(&command.suite)?.raw)?;
            Ok(ExitCode::Ok)
        }
        Suite::Lint(command) => lint(&command),
        Suite::Pin(command) => pin(&command),
        Suite::Sign(command) => sign(&command),
        Suite::Bundle(command) => bundle::run(&command),
        Suite::Gc(command) => gc::run(&command),
        Suite::Publish(command) => publish::run(command),
    }
}

fn rows(catalog: &tachograph_trust::Catalog) -> Vec<tachograph_report::SuiteRow> {
    let row = |entry: tachograph_trust::SuiteEntry| tachograph_report::SuiteRow {
        name: entry.pin.name.to_string(),
        version: entry.version,
        digest: entry.pin.digest,
        released: entry.released,
        trust: match (&entry.withdrawn, entry.development_key) {
            (Some(reason), _) => format!("WITHDRAWN ({}): {reason}", entry.source),
            (None, true) => format!("development key ({})", entry.source),
            (None, false) => format!("{} ({})", entry.signed_by, entry.source),
        },
        description: entry.description,
    };
    catalog.list().into_iter().map(row).collect()
}

fn lint(command: &LintManifest) -> Result<ExitCode, CliError> {
    let path = &command.manifest;
    let bytes = fs::read(path).map_err(CliError::disk("read", path))?;
    let mut code = ExitCode::Ok;
    for finding in lint_manifest(&path.display().to_string(), &bytes) {
        if finding.severity == Severity::Error {
            code = ExitCode::BadInput;
        }
        printer::data(&finding.to_string())?;
    }
    if code == ExitCode::Ok {
        printer::talk(&format!("{}: valid", path.display()));
    }
    Ok(code)
}

fn pin(command: &PinPlugins) -> Result<ExitCode, CliError> {
    let path = &command.manifest;
    let text = fs::read_to_string(path).map_err(CliError::disk("read", path))?;
    let suite = read_suite(&path.display().to_string(), text.as_bytes())
        .map_err(tachograph_trust::TrustError::from)?;
    let mut blobs = BTreeMap::new();
    for file in &command.components {
        let (bytes, preflight) = read_component(file)?;
        if let Some(folder) = &command.blobs.as_ref().filter(|_| !command.check) {
            let blob = folder.join(format!("{}.wasm", preflight.digest.hex()));
            write_atomic(&blob, &bytes).map_err(CliError::disk("write", &blob))?;
        }
        let manifest = &preflight.manifest;
        let stale =
            |plugin: &&PluginRef| plugin.id == manifest.id && plugin.version != manifest.version;
        if let Some(plugin) = pinned_plugins(&suite).find(stale) {
            return Err(CliError::Usage(format!(
                "{}: it names version {} of the plugin {}, which is version {} now",
                path.display(),
                plugin.version,
                plugin.id,
                manifest.version
            )));
        }
        blobs.insert(manifest.id.to_string(), bytes);
    }
    let pinned = tachograph_trust::pin_suite(&path.display().to_string(), &text, &blobs)
        .map_err(tachograph_trust::TrustError::from)?;
    if pinned == text {
        printer::talk(&format!("{}: up to date", path.display()));
        return Ok(ExitCode::Ok);
    }
    if command.check {
        printer::talk(&format!("{}: pins other bytes than these components", path.display()));
        return Ok(ExitCode::NotTrusted);
    }
    write_atomic(path, pinned.as_bytes()).map_err(CliError::disk("write", path))?;
    printer::talk(&format!("{}: pinned; sign it again", path.display()));
    Ok(ExitCode::Ok)
}

fn pinned_plugins(suite: &tachograph_model::Suite) -> impl Iterator<Item = &PluginRef> {
    let workloads = suite.workload.iter().map(|entry| &entry.plugin);
    workloads.chain(suite.driver.iter().map(|entry| &entry.plugin))
}

fn sign(command: &Sign) -> Result<ExitCode, CliError> {
    let path = &command.manifest;
    let bytes = fs::read(path).map_err(CliError::disk("read", path))?;
    let key = SecretKey::load(&command.key)?;
    let signature = sign_suite(&path.display().to_string(), &bytes, &key)?;
    let beside = beside(path);
    write_atomic(&beside, signature.as_bytes()).map_err(CliError::disk("write", &beside))?;
    printer::talk(&format!("{}: signed", beside.display()));
    Ok(ExitCode::Ok)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}
