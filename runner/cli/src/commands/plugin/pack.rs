//! `tacho plugin pack`: a manifest for a component that another toolchain made.

use std::{fs, path::PathBuf};

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_sandbox::preflight;
use tachograph_trust::{TrustError, read_plugin, write_atomic};

use super::{AuthorError, sections};
use crate::{error::CliError, printer};

#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The component, a .wasm file.
    component: PathBuf,
    /// Its manifest.
    #[arg(long, value_name = "FILE", default_value = "plugin.toml")]
    manifest: PathBuf,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(command: &Pack) -> Result<ExitCode, CliError> {
    let Pack { component, manifest, output } = command;
    let text = fs::read(manifest).map_err(CliError::disk("read", manifest))?;
    let read = read_plugin(&manifest.display().to_string(), &text).map_err(TrustError::from)?;
    let bytes = fs::read(component).map_err(CliError::disk("read", component))?;
    let packed = sections::with_manifest(&bytes, &text, &read.abi).map_err(|reason| {
        AuthorError::Pack { file: component.clone(), reason: reason.to_owned() }
    })?;
    let found = preflight(&packed)
        .map_err(|source| CliError::Plugin { file: component.clone(), source })?;
    write_atomic(output, &packed).map_err(CliError::disk("write", output))?;
    printer::data(&super::build::told(&found, output))?;
    Ok(ExitCode::Ok)
}
