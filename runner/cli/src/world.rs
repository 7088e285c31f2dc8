//! What commands share: the sandbox, the suites, the runs.

use std::{path::PathBuf, sync::Arc};

use tachograph_sandbox::Host;
use tachograph_session::{Archive, EngineCommand, SessionError};
use tachograph_trust::{Catalog, Store};

use crate::{error::CliError, home::Home};

/// Opened piece by piece, so that a command touches only what it needs.
pub(crate) struct World {
    pub home: Home,
}

impl World {
    pub(crate) fn open() -> Result<Self, CliError> {
        Ok(Self { home: Home::of_user()? })
    }

    /// The sandbox, with its cache of compiled plugins.
    pub(crate) fn host(&self) -> Result<Arc<Host>, CliError> {
        let cache = self.home.cache.join("plugins");
        Ok(Host::new(Some(&cache)).map_err(SessionError::from)?)
    }

    /// The suites in this build and in the user's store.
    pub(crate) fn catalog(&self) -> Result<Catalog, CliError> {
        let folder = self.home.data.join("store");
        // A store that nobody has filled is not made just to be looked at.
        if !folder.is_dir() {
            return Ok(Catalog::builtin());
        }
        let store = Store::open(folder).map_err(tachograph_trust::TrustError::from)?;
        Ok(Catalog::builtin().with_store(store))
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
