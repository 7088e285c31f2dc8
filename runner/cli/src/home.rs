//! Where `tacho` keeps things.
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | data | `$XDG_DATA_HOME/tachograph` or `~/.local/share/tachograph` | `~/Library/Application Support/tachograph` | `%LOCALAPPDATA%\tachograph` |
//! | config | `$XDG_CONFIG_HOME/tachograph` or `~/.config/tachograph` | the data folder's `config` | the data folder's `config` |
//! | cache | `$XDG_CACHE_HOME/tachograph` or `~/.cache/tachograph` | `~/Library/Caches/tachograph` | the data folder's `cache` |
//!
//! `TACHO_HOME` replaces all three by its folders `data`, `config`, `cache`.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::error::CliError;

/// The three folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    /// Runs and the store.
    pub data: PathBuf,
    /// The run key.
    pub config: PathBuf,
    /// Compiled plugins.
    pub cache: PathBuf,
}

impl Home {
    /// The folders of this user.
    ///
    /// # Errors
    /// [`CliError::Usage`] when the system names no home folder.
    pub(crate) fn of_user() -> Result<Self, CliError> {
        Self::from(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
            .ok_or_else(|| {
                CliError::Usage(
                    "no home folder is known; set TACHO_HOME to a folder for runs and keys"
                        .to_owned(),
                )
            })
    }

    fn from(var: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        if let Some(home) = var("TACHO_HOME") {
            return Some(Self::under(&home));
        }
        if cfg!(windows) {
            return Some(Self::under(&var("LOCALAPPDATA")?.join("tachograph")));
        }
        let user = var("HOME");
        if cfg!(target_os = "macos") {
            let library = user?.join("Library");
            let data = library.join("Application Support/tachograph");
            let cache = library.join("Caches/tachograph");
            return Some(Self { config: data.join("config"), data, cache });
        }
        let folder = |name: &str, usual: &str| {
            let base = var(name).filter(|path| path.is_absolute());
            let base = base.or_else(|| user.as_ref().map(|user| user.join(usual)))?;
            Some(base.join("tachograph"))
        };
        Some(Self {
            data: folder("XDG_DATA_HOME", ".local/share")?,
            config: folder("XDG_CONFIG_HOME", ".config")?,
            cache: folder("XDG_CACHE_HOME", ".cache")?,
        })
    }

    fn under(home: &Path) -> Self {
        Self { data: home.join("data"), config: home.join("config"), cache: home.join("cache") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_moves_everything() {
        let home = Home::from(|name| (name == "TACHO_HOME").then(|| PathBuf::from("/t")));
        assert_eq!(home, Some(Home::under(Path::new("/t"))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn relative_xdg_folders_are_ignored() {
        let home = Home::from(|name| match name {
            "HOME" => Some(PathBuf::from("/home/u")),
            "XDG_DATA_HOME" => Some(PathBuf::from("relative")),
            "XDG_CACHE_HOME" => Some(PathBuf::from("/c")),
            _ => None,
        })
        .unwrap();
        assert_eq!(home.data, Path::new("/home/u/.local/share/tachograph"));
        assert_eq!(home.config, Path::new("/home/u/.config/tachograph"));
        assert_eq!(home.cache, Path::new("/c/tachograph"));
    }
}
