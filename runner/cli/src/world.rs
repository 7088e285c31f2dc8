//! What commands share: the sandbox, the suites, the runs.

use std::{path::PathBuf, sync::Arc};

use tachograph_sandbox::Host;
use tachograph_session::{Archive, EngineCommand, SessionError};
use tachograph_trust::Catalog;
use tachograph_update::Place;

use crate::{error::CliError, home::Home, printer};

/// Opened piece by piece, so that a command touches only what it needs.
pub(crate) struct World {
    pub home: Home,
}

impl World {
    pub(crate) fn open() -> Result<Self, CliError> {
        if let Some(root) = own_root() {
            printer::talk(&format!("trusting {} (TACHO_ROOT), not this build", root.display()));
        }
        Ok(Self { home: Home::of_user()? })
    }

    /// The sandbox, with its cache of compiled plugins.
    pub(crate) fn host(&self) -> Result<Arc<Host>, CliError> {
        let cache = self.home.cache.join("plugins");
        Ok(Host::new(Some(&cache)).map_err(SessionError::from)?)
    }

    /// What is trusted here: the root of this build, or the one in `TACHO_ROOT`.
    pub(crate) fn place(&self) -> Result<Place, CliError> {
        Ok(match own_root() {
            Some(root) => Place::under(&self.home.data, &root)?,
            None => Place::built_in(&self.home.data)?,
        })
    }

    /// The suites in this build and in the user's store.
    pub(crate) fn catalog(&self) -> Result<Catalog, CliError> {
        let place = self.place()?;
        Ok(place.catalog(&place.state()?)?)
    }

    /// The runs of this user.
    pub(crate) fn archive(&self) -> Result<Archive, CliError> {
        Ok(Archive::open(&self.home.data)?)
    }

    /// How to start the built-in engine: this very program.
    pub(crate) fn engine() -> Result<EngineCommand, CliError> {
        let program = std::env::current_exe()
            .map_err(CliError::disk("find the program", PathBuf::from("tacho")))?;
        let args = ["engine", "--port", "0", "--until-stdin-closes"].map(Into::into).to_vec();
        Ok(EngineCommand { program, args })
    }
}

/// A root that the user trusts instead of the one in this build.
fn own_root() -> Option<PathBuf> {
    std::env::var_os("TACHO_ROOT").filter(|value| !value.is_empty()).map(PathBuf::from)
}
