//! `tacho plugin …`: write, build, look at and allow plugins.

mod build;
mod conformance;
mod consent;
mod error;
mod fetch;
mod grant;
mod inspect;
mod list;
mod new;
mod pack;
mod revoke;
mod sections;
mod sources;

use std::{fs, path::Path};

use clap::Subcommand;
use tachograph_model::ExitCode;
use tachograph_sandbox::{Preflight, preflight};

pub(crate) use error::AuthorError;

use crate::error::CliError;

/// Work with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// Write a new plugin that builds as it is.
    New(new::New),
    /// Build the plugin of a folder and check the component.
    Build(build::Build),
    /// Run a driver against the servers of the conformance kit.
    Test(conformance::Test),
    /// Put a manifest into a component that another toolchain made.
    Pack(pack::Pack),
    /// Say what a component is and asks for, without running it.
    Inspect(inspect::Inspect),
    /// List the plugins of the suites, of channels, and those that you granted.
    List(list::List),
    /// Fetch a plugin that a channel offers.
    Fetch(fetch::Fetch),
    /// Allow a component what it asks for.
    Grant(grant::GrantPlugin),
    /// Take a grant back.
    Revoke(revoke::Revoke),
}

pub(crate) async fn run(command: Plugin) -> Result<ExitCode, CliError> {
    match command {
        Plugin::New(command) => new::run(&command),
        Plugin::Build(command) => build::run(&command),
        Plugin::Test(command) => conformance::run(&command).await,
        Plugin::Pack(command) => pack::run(&command),
        Plugin::Inspect(command) => inspect::run(&command),
        Plugin::List(command) => list::run(&command),
        Plugin::Fetch(command) => fetch::run(command).await,
        Plugin::Grant(command) => grant::run(&command),
        Plugin::Revoke(command) => revoke::run(&command),
    }
}

/// Reads a component and looks at all of it, without running it.
pub(crate) fn read_component(file: &Path) -> Result<(Vec<u8>, Preflight), CliError> {
    let bytes = fs::read(file).map_err(CliError::disk("read", file))?;
    let found =
        preflight(&bytes).map_err(|source| CliError::Plugin { file: file.to_owned(), source })?;
    Ok((bytes, found))
}
