//! What the user allowed plugins that no signed suite vouches for.
//!
//! A grant is kept by the digest of the component: other bytes under the same
//! name have no grant. The file is `grants.json` in the configuration folder,
//! for its owner only.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tachograph_model::{
    COMPONENT_MIB, Capabilities, Digest, LimitsAsked, Name, PluginManifest, WasiPart,
};

use crate::{TrustError, disk};

/// Bytes of the file of grants; 1 MiB.
const MAX_GRANTS_BYTES: u64 = 1 << 20;

/// What the user allowed one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The id that its manifest states.
    pub id: Name,
    /// The version that its manifest states.
    pub version: String,
    /// The digest of the component.
    pub sha256: Digest,
    /// What it may use.
    pub capabilities: Capabilities,
    /// Limits above the defaults.
    pub limits: LimitsAsked,
    /// When, in seconds since 1970.
    pub granted_unix_s: u64,
}

impl Grant {
    /// Everything that a manifest asks for.
    pub fn all_of(manifest: &PluginManifest, sha256: Digest, granted_unix_s: u64) -> Self {
        Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            sha256,
            capabilities: manifest.capabilities.clone(),
            limits: manifest.limits.clone(),
            granted_unix_s,
        }
    }
}

/// One thing that a plugin asks for, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// HTTP to an address that the user binds to this slot.
    Endpoint(Name),
    /// A secret that the host sends for it; it never sees the bytes.
    Secret(Name),
    /// The start of a program on this machine, when the user asks for it.
    Launch {
        /// The name of the recipe.
        recipe: Name,
        /// The program and its arguments, as the manifest writes them.
        command: String,
    },
    /// The start of a program that fetches a model, when the user asks for it.
    Pull {
        /// The program and its arguments.
        command: String,
    },
    /// A key from the environment, sent to one hosted API when the user names it.
    Preset {
        /// What `--backend` takes.
        name: Name,
        /// The API's address.
        url: String,
        /// The environment variable.
        variable: String,
    },
    /// A part of WASI, which answers as an empty machine would.
    Wasi(WasiPart),
    /// Memory above the default, MiB.
    Memory {
        /// Asked for.
        mib: u32,
        /// The default of its role.
        default: u32,
    },
    /// A component above the default size, MiB.
    Size {
        /// Asked for.
        mib: u32,
    },
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(slot) => {
                write!(f, "endpoint `{slot}`: HTTP to the one address that you bind to it")
            }
            Self::Secret(slot) => {
                write!(f, "secret `{slot}`: sent for it as a header; it never sees the bytes")
            }
            Self::Launch { recipe, command } => {
                write!(f, "launch `{recipe}`: starts `{command}` when you ask for it")
            }
            Self::Pull { command } => {
                write!(f, "pull: starts `{command}` when you ask for a model")
            }
            Self::Preset { name, url, variable } => {
                write!(f, "preset `{name}`: sends the key in {variable} to {url} when you name it")
            }
            Self::Wasi(WasiPart::Clock) => {
                f.write_str("wasi `clock`: a clock that stands still at zero")
            }
            Self::Wasi(WasiPart::Environment) => {
                f.write_str("wasi `environment`: no variables and no arguments")
            }
            Self::Wasi(WasiPart::Files) => f.write_str("wasi `files`: no folders"),
            Self::Memory { mib, default } => {
                write!(f, "memory: {mib} MiB instead of {default} MiB")
            }
            Self::Size { mib } => {
                write!(f, "size: a component of up to {mib} MiB instead of {COMPONENT_MIB} MiB")
            }
        }
    }
}

/// Everything that a manifest asks for, in the order in which people are shown
/// it; empty for a plugin that needs no more than every plugin has.
pub fn asks(manifest: &PluginManifest) -> Vec<Ask> {
    let wanted = &manifest.capabilities;
    let mut asks: Vec<Ask> = wanted.endpoints.iter().cloned().map(Ask::Endpoint).collect();
    asks.extend(wanted.secrets.iter().cloned().map(Ask::Secret));
    for recipe in manifest.launch.iter().filter(|recipe| wanted.launch.contains(&recipe.name)) {
        let command = command(&recipe.program, &recipe.args);
        asks.push(Ask::Launch { recipe: recipe.name.clone(), command });
    }
    if let Some(pull) = manifest.pull.as_ref().filter(|pull| pull.run) {
        asks.push(Ask::Pull { command: command(&pull.program, &pull.args) });
    }
    asks.extend(manifest.preset.iter().map(|preset| Ask::Preset {
        name: preset.name.clone(),
        url: preset.url.clone(),
        variable: preset.key_env.clone(),
    }));
    asks.extend(wanted.wasi.iter().copied().map(Ask::Wasi));
    let default = manifest.role.memory_mib();
    if let Some(mib) = manifest.limits.memory_mib.filter(|mib| *mib > default) {
        asks.push(Ask::Memory { mib, default });
    }
    if let Some(mib) = manifest.limits.component_mib.filter(|mib| *mib > COMPONENT_MIB) {
        asks.push(Ask::Size { mib });
    }
    asks
}

/// What a manifest asks for and a grant does not give, each as a phrase for
/// people; empty when it may run as it is.
///
/// The grant is the one of the component's digest ([`Grants::get`]); it also
/// stands for the programs that the manifest names, because the manifest is
/// inside the component.
pub fn missing(asked: &PluginManifest, granted: Option<&Grant>) -> Vec<String> {
    let given = |ask: &Ask| {
        let Some(grant) = granted else { return false };
        let Capabilities { endpoints, secrets, launch, wasi } = &grant.capabilities;
        match ask {
            Ask::Endpoint(slot) => endpoints.contains(slot),
            Ask::Secret(slot) => secrets.contains(slot),
            Ask::Launch { recipe, .. } => launch.contains(recipe),
            Ask::Pull { .. } | Ask::Preset { .. } => true,
            Ask::Wasi(part) => wasi.contains(part),
            Ask::Memory { mib, .. } => grant.limits.memory_mib >= Some(*mib),
            Ask::Size { mib } => grant.limits.component_mib >= Some(*mib),
        }
    };
    asks(asked).iter().filter(|ask| !given(ask)).map(Ask::to_string).collect()
}

fn command(program: &str, args: &[String]) -> String {
    std::iter::once(program).chain(args.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// The grants of this user.
#[derive(Debug, Clone)]
pub struct Grants {
    path: PathBuf,
    document: Document,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    kind: String,
    schema: u32,
    grants: Vec<Grant>,
}

impl Grants {
    /// Reads the grants of a configuration folder; none when there is no file.
    ///
    /// # Errors
    /// The file cannot be read, is not a file of grants, or others may write it.
    pub fn load(config_dir: impl AsRef<Path>) -> Result<Self, TrustError> {
        let path = config_dir.as_ref().join("grants.json");
        let document = match disk::read_regular(&path, MAX_GRANTS_BYTES) {
            Ok(bytes) => {
                check_owner_only(&path)?;
                parse(&path, &bytes)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Document { kind: "grants".to_owned(), schema: 1, grants: Vec::new() }
            }
            Err(source) => return Err(TrustError::io(&path, source)),
        };
        Ok(Self { path, document })
    }

    /// Reads, changes and saves the grants, while no other process does, so
    /// that what one of them takes back does not return.
    ///
    /// # Errors
    /// As [`Grants::load`] and [`Grants::save`].
    pub fn edit<T>(
        config_dir: impl AsRef<Path>,
        change: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, TrustError> {
        let folder = config_dir.as_ref();
        disk::create_private_dir(folder).map_err(|source| TrustError::io(folder, source))?;
        let _lock = lock(&folder.join("grants.lock"))?;
        let mut grants = Self::load(folder)?;
        let before = grants.document.grants.clone();
        let told = change(&mut grants);
        if grants.document.grants != before {
            grants.save()?;
        }
        Ok(told)
    }

    /// The grant of a component.
    pub fn get(&self, sha256: &Digest) -> Option<&Grant> {
        self.document.grants.iter().find(|grant| grant.sha256 == *sha256)
    }

    /// All grants, by id and version.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.document.grants.iter()
    }

    /// Adds a grant; it replaces the one of the same component.
    pub fn add(&mut self, grant: Grant) {
        let grants = &mut self.document.grants;
        grants.retain(|known| known.sha256 != grant.sha256);
        grants.push(grant);
        grants.sort_by(|a, b| {
            (a.id.as_str(), &a.version, a.sha256.hex()).cmp(&(
                b.id.as_str(),
                &b.version,
                b.sha256.hex(),
            ))
        });
    }

    /// Takes a grant back; `None` when there was none.
    pub fn remove(&mut self, sha256: &Digest) -> Option<Grant> {
        let place = self.document.grants.iter().position(|grant| grant.sha256 == *sha256)?;
        Some(self.document.grants.remove(place))
    }

    /// Writes the file: whole or not at all, mode 0600.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self) -> Result<(), TrustError> {
        let failed = |source| TrustError::io(&self.path, source);
        if let Some(folder) = self.path.parent() {
            disk::create_private_dir(folder).map_err(failed)?;
        }
        let text = serde_json::to_string_pretty(&self.document)
            .map_err(|error| failed(io::Error::other(error)))?;
        disk::write_private(&self.path, format!("{text}\n").as_bytes()).map_err(failed)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Document, TrustError> {
    let wrong = |message: String| TrustError::Grants { file: path.display().to_string(), message };
    let document: Document = serde_json::from_slice(bytes).map_err(|e| wrong(e.to_string()))?;
    if document.kind != "grants" || document.schema != 1 {
        return Err(wrong("it is not a file of grants of schema 1".to_owned()));
    }
    Ok(document)
}

/// Held until it is dropped.
fn lock(path: &Path) -> Result<File, TrustError> {
    let failed = |source| TrustError::io(path, source);
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Whoever may write the file may allow themselves what they like.
#[cfg(unix)]
fn check_owner_only(path: &Path) -> Result<(), TrustError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|source| TrustError::io(path, source))?;
    match metadata.permissions().mode() & 0o022 {
        0 => Ok(()),
        _ => Err(TrustError::Grants {
            file: path.display().to_string(),
            message: "other users may write it".to_owned(),
        }),
    }
}

/// A user's own folders are private there.
#[cfg(not(unix))]
fn check_owner_only(_: &Path) -> Result<(), TrustError> {
    Ok(())
}

#[cfg(test)]
mod tests;
